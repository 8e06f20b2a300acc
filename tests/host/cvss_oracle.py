"""Scores CVSS vectors with the library `cvss`, for test_cvss_library.lua.

Reads a JSON object from stdin and writes one to stdout. What the library refuses is answered with false.
"""

import json
import sys
from importlib.metadata import version

from cvss import CVSS2, CVSS3, CVSS4, CVSSError
from cvss.constants3 import ENVIRONMENTAL_METRICS, TEMPORAL_METRICS
from cvss.constants4 import METRICS_MANDATORY


def read(text):
    """Scores of the base metrics, temporal, environmental, and of all (4.0)."""
    if text.startswith("CVSS:4"):
        vector = CVSS4(text)
        base = "/".join(f"{name}:{vector.original_metrics[name]}" for name in METRICS_MANDATORY)
        return vector, CVSS4("CVSS:4.0/" + base).base_score, None, None
    if not text.startswith("CVSS:3"):
        vector = CVSS2(text)
        return vector, *vector.scores()
    vector = CVSS3(text)
    base, temporal, environmental = vector.scores()
    # The library gives these two always; pysec.cvss only where a metric of theirs is defined.
    defined = {name for name, value in vector.original_metrics.items() if value != "X"}
    return (
        vector,
        base,
        temporal if defined.intersection(TEMPORAL_METRICS) else None,
        environmental if defined.intersection(ENVIRONMENTAL_METRICS) else None,
    )


def describe(text):
    try:
        vector, base, temporal, environmental = read(text)
    except CVSSError:
        return False
    return {
        "score": vector.scores()[0],
        "severity": vector.severities()[0].lower(),
        "base": base,
        "temporal": temporal,
        "environmental": environmental,
    }


def main():
    questions = json.load(sys.stdin)
    answers = {"cvss": version("cvss"), "vectors": [describe(text) for text in questions["vectors"]]}
    json.dump(answers, sys.stdout)


main()
