# The rules of rules.json for opa: the input is the list of findings, data.rules the rules.
package bench

import rego.v1

levels := {"none": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}

threshold := data.rules.severity[0]

# Whole objects, since opa works those out once.
ignores := {id: rules |
	some rule in data.rules.ignore
	id := rule.id
	rules := [same | some same in data.rules.ignore; same.id == id]
}

# What the threshold says of each severity.
verdicts := object.union({"unknown": threshold.unknown}, {severity: verdict |
	some severity, level in levels
	reached := [name | some name in ["block", "fail", "warn"]; level >= levels[threshold[name]]]
	verdict := reached[0]
})

ids(finding) := array.concat([finding.id], finding.aliases)

ignore_entries(finding) := [entry |
	some id in ids(finding)
	some rule in ignores[id]
	object.get(rule, "package", finding["package"]) == finding["package"]
	entry := ignore_entry(rule)
]

ignore_entry(rule) := {"rule": "ignore", "by": rule.by, "verdict": "ignore", "reason": rule.reason} if {
	rule.expires >= data.rules.today
} else := {
	"rule": "ignore", "by": rule.by, "verdict": "ignore", "void": true,
	"reason": concat(" ", ["expired on", rule.expires]),
}

severity_entries(finding) := [{
	"rule": "severity", "by": threshold.by, "verdict": verdict,
	"reason": concat(" ", ["severity", finding.severity]),
} |
	verdict := verdicts[finding.severity]
]

# Block stands whatever else is said; else the first ignore that counts; else the threshold.
winner(ignored, spoken) := spoken[0] if {
	spoken[0].verdict == "block"
} else := candidates[0] if {
	valid := [entry | some entry in ignored; not entry.void]
	candidates := array.concat(valid, spoken)
	count(candidates) > 0
} else := {"rule": "otherwise", "by": "opa", "verdict": "fail", "reason": "no rule spoke"}

decide(finding) := decision if {
	ignored := ignore_entries(finding)
	spoken := severity_entries(finding)
	won := winner(ignored, spoken)
	decision := {
		"finding": finding, "verdict": won.verdict, "by": won.by, "rule": won.rule, "reason": won.reason,
		"trace": array.concat(ignored, spoken),
	}
}

packages contains [finding["package"], finding.version] if some finding in input

policy_decisions contains policy_decision("deny", installed, rule) if {
	some installed in packages
	some rule in data.rules.deny
	regex.match(rule.pattern, installed[0])
}

policy_decisions contains policy_decision("pin", installed, rule) if {
	some installed in packages
	some rule in data.rules.pin
	rule["package"] == installed[0]
	broken(installed[1], trim_prefix(rule.version, "~="))
}

# The pins are all of the form ~=1.2.0: the same 1.2, and any third number.
broken(version, lowest) if {
	array.slice(split(version, "."), 0, 2) != array.slice(split(lowest, "."), 0, 2)
}

policy_decision(kind, installed, rule) := {
	"finding": {
		"id": concat(":", [kind, installed[0]]), "aliases": [], "kind": "policy",
		"package": installed[0], "version": installed[1], "fix_versions": [], "severity": "unknown",
		"sources": ["policy"], "summary": rule.reason,
	},
	"verdict": "fail", "by": rule.by, "rule": kind, "reason": rule.reason,
	"trace": [{"rule": kind, "by": rule.by, "verdict": "fail", "reason": rule.reason}],
}

decisions := array.concat([decide(finding) | some finding in input], [decision | some decision in policy_decisions])

# Counting alone: how many findings each verdict of the threshold has.
counts[verdict] := count([finding | some finding in input; verdicts[finding.severity] == verdict]) if {
	some verdict in ["block", "fail", "warn"]
}
