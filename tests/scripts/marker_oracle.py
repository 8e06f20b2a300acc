"""Answers questions about requirements with the library `packaging`, for test_pep508_packaging.lua.

Reads a JSON object from stdin and writes one to stdout. What cannot be read is answered with false.
"""

import json
import sys

import packaging
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def describe(text):
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return False
    # packaging finds out about comparisons without a meaning when it makes them; pep508 refuses them at once.
    if requirement.marker and evaluate([str(requirement.marker), {}]) == "invalid":
        return False
    name = canonicalize_name(requirement.name)
    extras = sorted({canonicalize_name(extra) for extra in requirement.extras})
    # It also takes names that end in an underscore, which PEP 508 does not allow.
    if any(word.endswith("-") for word in [name, *extras]):
        return False
    return {
        "name": name,
        "extras": extras,
        "clauses": len(requirement.specifier),
        "url": requirement.url or "",
        "marker": requirement.marker is not None,
    }


def evaluate(question):
    text, environment = question
    # Sets come as lists; they are there when a lock file is read, and only then.
    sets = {name: set(value) for name, value in environment.items() if isinstance(value, list)}
    context = "lock_file" if sets else "metadata"
    try:
        return str(Marker(text).evaluate({**environment, **sets}, context=context)).lower()
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return "invalid"


def main():
    questions = json.load(sys.stdin)
    answers = {
        "packaging": packaging.__version__,
        "requirements": [describe(text) for text in questions["requirements"]],
        "markers": [evaluate(question) for question in questions["markers"]],
    }
    json.dump(answers, sys.stdout)


main()
