--- Findings that are accepted for a time. Copy this file, and write the entries below the examples.
name "ignore-list"

-- An entry without a reason or a last day is a mistake: nobody knows later why it is there, or when it may go.
ignores { require = { "reason", "expires" } }

-- One flaw in one package. `expires` is the last day on which the entry counts.
-- ignore { id = "CVE-2019-10906", package = "jinja2", reason = "our templates are our own", expires = "2027-01-31" }

-- Who looks after the entry, and where it is discussed.
-- ignore { id = "GHSA-462w-v97r-4m45", reason = "unused", expires = "2027-01-31", owner = "web", ticket = "SEC-12" }

-- All flaws of some versions of a package.
-- ignore { package = "urllib3", version = "<2", reason = "goes with the move to 2", expires = "2027-01-31" }

-- bandit's findings of one test in some files.
-- ignore { id = "B101", path = "tests/*", reason = "asserts are what tests are for", expires = "2027-01-31" }

-- What a deny, pin or allow rule finds has an id, too: deny:NAME, pin:NAME, allow:NAME.
-- ignore { id = "deny:pycrypto", reason = "goes with the old importer", expires = "2027-01-31" }
