--- What applies where nobody says otherwise: every vulnerability fails, findings in code warn.
name "default"

severity { fail = "none", unknown = "fail" }
severity { kind = "code", warn = "none", unknown = "warn" }
