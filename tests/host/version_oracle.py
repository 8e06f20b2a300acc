"""Answers version questions with the library `packaging`, for test_version_packaging.lua.

Reads a JSON object from stdin and writes one to stdout. Invalid text is answered with false.
"""

import json
import sys

import packaging
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def parse(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def describe(text):
    version = parse(text)
    return version is not None and {"normal": str(version), "prerelease": version.is_prerelease}


def order(pair):
    a, b = map(parse, pair)
    return a is not None and b is not None and (a > b) - (a < b)


def match(pair):
    text, specifier = pair
    try:
        specifiers = SpecifierSet(specifier)
    except InvalidSpecifier:
        return False
    # packaging answers for unreadable versions too; pysec.version takes them for an error.
    return parse(text) is not None and {
        "all": specifiers.contains(text, prereleases=True),
        "finals": specifiers.contains(text, prereleases=False),
    }


def main():
    questions = json.load(sys.stdin)
    answers = {
        "packaging": packaging.__version__,
        "versions": [describe(text) for text in questions["versions"]],
        "orders": [order(pair) for pair in questions["pairs"]],
        "sorted": [sorted(texts, key=Version) for texts in questions["lists"]],
        "matches": [match(pair) for pair in questions["matches"]],
    }
    json.dump(answers, sys.stdout)


main()
