"""What somebody writes who has no pysec: findings in, decisions out, the rules of rules.json.

    plain.py RULES FILE...    (a folder stands for the *.json files in it)
"""
import functools
import json
import os
import re
import sys

LEVELS = ["none", "low", "medium", "high", "critical"]


def threshold(rule, severity):
    if severity not in LEVELS:
        return rule["unknown"]
    level = LEVELS.index(severity)
    for verdict in ("block", "fail", "warn"):
        if level >= LEVELS.index(rule[verdict]):
            return verdict
    return None


def release(version):
    return tuple(int(part) for part in version.split("."))


class Policy:
    def __init__(self, document):
        self.today = document["today"]
        self.severity = document["severity"][0]
        self.verdicts = {level: threshold(self.severity, level) for level in LEVELS + ["unknown"]}
        self.ignores = {}
        for rule in document["ignore"]:
            self.ignores.setdefault(rule["id"], []).append(rule)
        self.denials = [(re.compile(rule["pattern"]), rule) for rule in document["deny"]]
        self.pins = {}
        for rule in document["pin"]:
            lowest = release(rule["version"].removeprefix("~="))
            self.pins.setdefault(rule["package"], []).append((lowest, rule))
        self.matched = set()

    def decide(self, finding):
        trace = []
        ignored = None
        for name in [finding["id"], *finding["aliases"]]:
            for rule in self.ignores.get(name, ()):
                if rule.get("package", finding["package"]) != finding["package"]:
                    continue
                self.matched.add(rule["by"])
                entry = {"rule": "ignore", "by": rule["by"], "verdict": "ignore", "reason": rule["reason"]}
                if rule["expires"] < self.today:
                    entry["void"] = True
                    entry["reason"] = "expired on " + rule["expires"]
                else:
                    ignored = ignored or entry
                trace.append(entry)
        strictest = None
        verdict = self.verdicts[finding["severity"]]
        if verdict:
            strictest = {"rule": "severity", "by": self.severity["by"], "verdict": verdict,
                         "reason": "severity " + finding["severity"]}
            trace.append(strictest)
        if ignored and (not strictest or strictest["verdict"] != "block"):
            won = ignored
        else:
            won = strictest or {"rule": "otherwise", "by": "plain", "verdict": "fail", "reason": "no rule spoke"}
        return {"finding": finding, "verdict": won["verdict"], "by": won["by"], "rule": won["rule"],
                "reason": won["reason"], "trace": trace}

    @functools.cache
    def denied(self, package):
        return [rule for pattern, rule in self.denials if pattern.search(package)]

    def judge(self, package, version):
        """The findings of kind policy for one package."""
        for rule in self.denied(package):
            yield self.policy_finding("deny", package, version, rule)
        for lowest, rule in self.pins.get(package, ()):
            installed = release(version)
            if installed[: len(lowest) - 1] != lowest[:-1] or installed < lowest:
                yield self.policy_finding("pin", package, version, rule)

    def policy_finding(self, kind, package, version, rule):
        finding = {"id": f"{kind}:{package}", "aliases": [], "kind": "policy", "package": package,
                   "version": version, "fix_versions": [], "severity": "unknown", "sources": ["policy"],
                   "summary": rule["reason"]}
        entry = {"rule": kind, "by": rule["by"], "verdict": "fail", "reason": rule["reason"]}
        return {"finding": finding, **entry, "trace": [entry]}

    def notices(self):
        for rules in self.ignores.values():
            for rule in rules:
                if rule["expires"] < self.today:
                    yield {"kind": "expired", "by": rule["by"], "rule": "ignore",
                           "message": "expired on " + rule["expires"]}
                elif rule["by"] not in self.matched:
                    yield {"kind": "stale", "by": rule["by"], "rule": "ignore", "message": "matched nothing"}


def files(arguments):
    for path in arguments:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".json"):
                    yield os.path.join(path, name)
        else:
            yield path


def main():
    with open(sys.argv[1]) as file:
        policy = Policy(json.load(file))
    decisions = []
    for path in files(sys.argv[2:]):
        with open(path) as file:
            report = json.load(file)
        findings = report if isinstance(report, list) else report["findings"]
        decisions += [policy.decide(finding) for finding in findings]
        packages = dict.fromkeys((finding["package"], finding["version"]) for finding in findings)
        for package, version in packages:
            decisions += policy.judge(package, version)
    failed = any(decision["verdict"] in ("fail", "block") for decision in decisions)
    answer = {"decisions": decisions, "notices": list(policy.notices()), "exit": int(failed)}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.write("\n")
    return answer["exit"]


if __name__ == "__main__":
    sys.exit(main())
