--- For CI: every vulnerability fails, a critical one whatever is ignored, and a clean result needs whole evidence.
name "strict"

severity { block = "critical", fail = "none", unknown = "fail" }
severity { kind = "code", fail = "high", warn = "none", unknown = "fail" }

evidence { scanners = { "pip-audit", "safety" }, max_database_age = 7 }
