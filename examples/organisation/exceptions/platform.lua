--- What the platform team answers for.

ignore { id = "CVE-2023-50782", package = "cryptography", version = "<42", owner = "platform", ticket = "SEC-104",
  reason = "no service decrypts RSA that comes from outside", expires = "2027-01-31" }

ignore { id = "B602", path = "tools/release/*", owner = "platform", ticket = "SEC-97",
  reason = "its commands are made of constants", expires = "2027-01-31" }
