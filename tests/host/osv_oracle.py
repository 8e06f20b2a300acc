"""Which OSV records hold for a version: the evaluation of https://ossf.github.io/osv-schema/#evaluation, written down
as it stands there, on versions of the library `packaging`. It shares nothing with what it checks.

    osv_oracle.py answer DATA   reads [[name, version], ...] from stdin, writes what holds for each
    osv_oracle.py draw DATA     writes the versions of every package that lie on and beside what its records name
    osv_oracle.py serve DATA COMMAND...   answers queries like api.osv.dev while the command runs, with its exit code;
                                          {url} in the command becomes the address

DATA is a zip or a folder of records. The schema leaves open what is not ordered, and says nothing of rebuilt
versions; there host/advisory_match.h says what holds. `strict` is the schema without the rule for rebuilt versions:
so the service answers, and `answer` tells both.
"""

import functools
import http.server
import json
import pathlib
import re
import subprocess
import sys
import threading
import zipfile

import packaging
from packaging.version import InvalidVersion, Version


@functools.lru_cache(maxsize=None)
def parse(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


@functools.lru_cache(maxsize=None)
def public(version):
    return Version(version.public)


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the evaluation ---


def compare(version, bound, strict):
    """A rebuilt version (1.0+cpu) counts as the one that it was built from, unless the bound is a rebuilt one, too."""
    if not strict and bound.local is None:
        version = public(version)
    return (version > bound) - (version < bound)


def at(event):
    """What an event says: its kind and its version's text. The schema allows one kind each."""
    return next((kind, event[kind]) for kind in ("introduced", "fixed", "last_affected", "limit") if kind in event)


def before_limits(version, events, strict):
    limits = [text for kind, text in events if kind == "limit"]
    return not limits or any(
        text == "*" or parse(text) is None or compare(version, parse(text), strict) < 0 for text in limits
    )


def in_order(events):
    """Events with their bounds, by these. None is below all: introduced 0, or since nobody knows when. What cannot be
    ordered otherwise ends nothing."""
    points = [(kind, None if (kind, text) == ("introduced", "0") else parse(text)) for kind, text in events]
    points = [(kind, bound) for kind, bound in points if kind != "limit" and (bound or kind == "introduced")]
    return sorted(points, key=lambda point: (point[1] is not None, point[1] or 0))


def in_range(version, events, strict):
    affected = False
    if not before_limits(version, events, strict):
        return affected
    for kind, bound in in_order(events):
        order = 1 if bound is None else compare(version, bound, strict)
        if kind == "introduced" and order >= 0:
            affected = True
        elif kind == "fixed" and order >= 0:
            affected = False
        elif kind == "last_affected" and order > 0:
            affected = False
    return affected


class Entry:
    """What one `affected` entry says of a package of PyPI."""

    def __init__(self, entry):
        self.name = normal(entry["package"]["name"])
        self.versions = set(map(parse, entry.get("versions", []))) - {None}
        ranges = [r["events"] for r in entry.get("ranges", []) if r["type"] in ("ECOSYSTEM", "SEMVER")]
        ranges = [list(map(at, events)) for events in ranges]
        self.texts = {text for events in ranges for _, text in events}
        # Beside a list of versions, a range that cannot be ordered says nothing.
        if entry.get("versions"):
            ranges = [events for events in ranges if all(text == "*" or parse(text) for _, text in events)]
        self.ranges = ranges

    def in_ranges(self, version, strict):
        return any(in_range(version, events, strict) for events in self.ranges)

    def holds(self, version, strict):
        return version in self.versions or self.in_ranges(version, strict) or (not strict and self.is_rebuilt(version))

    def is_rebuilt(self, version):
        """Of a listed version. Of one that the ranges hold, too, these know which of its rebuilds are fixed."""
        return public(version) in self.versions and not self.in_ranges(public(version), False)


class Record:
    def __init__(self, record):
        self.id = record["id"]
        self.is_withdrawn = "withdrawn" in record
        affected = [e for e in record.get("affected", []) if e.get("package", {}).get("ecosystem") == "PyPI"]
        self.entries = [Entry(entry) for entry in affected]
        # OSV's own service has normalised names, too.
        for entry in affected:
            entry["package"]["name"] = normal(entry["package"]["name"])
        self.served = record

    def about(self, name):
        return [entry for entry in self.entries if entry.name == name]

    def holds(self, name, version, strict=False):
        return not self.is_withdrawn and any(entry.holds(version, strict) for entry in self.about(name))

    def fixes(self, name, version):
        """The fixed versions above it of all ranges, ascending, each once."""
        events = [event for entry in self.about(name) for events in entry.ranges for event in events]
        found = {parse(text) for kind, text in events if kind == "fixed" and parse(text)}
        return [str(fix) for fix in sorted(found) if fix > version]


# --- the data ---


def read(path):
    """The records of each package, by their ids."""
    if zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        texts = [archive.read(name) for name in archive.namelist() if name.endswith(".json")]
    else:
        texts = [file.read_bytes() for file in pathlib.Path(path).rglob("*.json")]
    newest = {r["id"]: r for r in sorted(map(json.loads, texts), key=lambda record: record["modified"])}
    packages = {}
    for record in sorted(map(Record, newest.values()), key=lambda record: record.id):
        for name in {entry.name for entry in record.entries}:
            packages.setdefault(name, []).append(record)
    return packages


def find(packages, name, version, strict=False):
    name = normal(name)
    return [record for record in packages.get(name, []) if record.holds(name, version, strict)]


def answer(packages, name, text):
    version = parse(text)
    if version is None:
        return False
    found = find(packages, name, version)
    return {
        "ids": [record.id for record in found],
        "fixes": [record.fixes(normal(name), version) for record in found],
        "strict": [record.id for record in find(packages, name, version, strict=True)],
    }


# --- the edges of what records name ---


def beside(version):
    """Versions just below, at and just above this one, and what is built from it."""
    base = ("%d!" % version.epoch if version.epoch else "") + ".".join(map(str, version.release))
    bumped = ("%d!" % version.epoch if version.epoch else "") + ".".join(
        map(str, (*version.release[:-1], version.release[-1] + 1))
    )
    suffixes = ("", ".dev0", "a1", "rc1", ".post0", ".post1", "+local.1", ".0", ".1")
    return [str(version)] + [base + suffix for suffix in suffixes] + [bumped, bumped + ".dev1", "99!1"]


def edges(name, records):
    """Every version that a record lists, and every one beside an event's."""
    found = {"0", "0.dev1", "0a0", "99999"}
    for entry in (entry for record in records for entry in record.about(name)):
        found.update(map(str, entry.versions))
        for bound in filter(None, map(parse, entry.texts)):
            found.update(beside(bound))
    return sorted(found)


# --- the service ---


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = find(self.server.packages, query["package"]["name"], parse(query["version"]), strict=True)
        body = json.dumps({"vulns": [record.served for record in found]} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(packages, command):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.packages = packages
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/v1/query" % server.server_address[1]
    return subprocess.run([word.replace("{url}", url) for word in command]).returncode


def main():
    command, path, *rest = sys.argv[1:]
    packages = read(path)
    if command == "serve":
        sys.exit(serve(packages, rest))
    if command == "draw":
        answers = {name: edges(name, records) for name, records in sorted(packages.items())}
    else:
        answers = [answer(packages, name, version) for name, version in json.load(sys.stdin)]
    json.dump({"packaging": packaging.__version__, "answers": answers}, sys.stdout)


main()
