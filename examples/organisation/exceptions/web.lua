--- What the web team answers for.

ignore { id = "CVE-2024-22195", package = "jinja2", owner = "web", ticket = "SEC-111",
  reason = "xmlattr is in none of our templates", expires = "2026-12-31" }
