--- The shop's own policy. It stands in the root of the shop's repository, beside the baseline that is given.
name "shop"

-- Medium: the baseline leaves that to the team.
ignore { id = "CVE-2024-35195", package = "requests", owner = "shop", reason = "every session verifies",
  expires = "2027-01-31" }

-- High: beside the baseline this is void, and the report says so. It takes an entry in the baseline's exceptions.
ignore { id = "CVE-2024-26130", package = "cryptography", owner = "shop", reason = "no PKCS 12 is read",
  expires = "2027-01-31" }

-- Stricter than the baseline: always allowed.
limit { package = "sqlalchemy", change = "patch", reason = "the queries are tuned for this version" }
