"""Reads TOML documents with Python's tomllib, for test_toml_tomllib.lua.

Reads a JSON list of documents in hexadecimal from stdin and writes a list to stdout: what a document says, in the words
of describe(), or false where it is refused. An integer that does not fit 64 bits counts as refused: TOML wants an
error where a reader has no room, and Python has.
"""

import json
import re
import sys
import tomllib

DATE = re.compile(r"(\d{4}-\d\d-\d\d)?[Tt ]?(?:(\d\d:\d\d:\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


class TooLarge(Exception):
    pass


def describe_text(text):
    """Dates are texts on the other side: equal times are written alike, with microseconds as Python has them."""
    match = DATE.fullmatch(text)
    if not match or not (match[1] or match[2]):
        return "s" + text.encode().hex()
    zone = "+00:00" if match[4] in ("Z", "z", "-00:00") else match[4]
    fraction = (match[3] or "")[:6].ljust(6, "0") if match[2] else ""
    return " ".join(filter(None, ("d", match[1], match[2], fraction, zone)))


def describe(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise TooLarge
        return f"i{value}"
    if isinstance(value, float):
        return "f" + (f"{value:.17g}" if value == value else "nan")
    if isinstance(value, str):
        return describe_text(value)
    if isinstance(value, list):
        return "[" + ",".join(map(describe, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(sorted(k.encode().hex() + "=" + describe(v) for k, v in value.items())) + "}"
    return describe_text(value.isoformat())


def read(document):
    try:
        return describe(tomllib.loads(bytes.fromhex(document).decode()))
    except (ValueError, TooLarge):  # of UTF-8, of tomllib, of datetime
        return False


json.dump([read(document) for document in json.load(sys.stdin)], sys.stdout)
