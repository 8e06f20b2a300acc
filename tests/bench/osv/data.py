"""Makes the data of the benchmark osv.lua, the same in every run, from advisories: a zip, or a folder of records.

    data.py pins SOURCE COUNT FOLDER         COUNT pinned packages, as requirements.txt and as a project of uv's
    data.py fleet SOURCE FILES FOLDER        FILES requirements files of 100 pins each
    data.py advisories SOURCE COUNT ZIP      COUNT advisories like those of SOURCE, packed as OSV packs them
"""

import json
import pathlib
import random
import re
import sys
import zipfile

PEP440 = re.compile(r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?")


def read(source):
    if zipfile.is_zipfile(source):
        archive = zipfile.ZipFile(source)
        texts = [archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".json")]
    else:
        texts = [file.read_bytes() for file in sorted(pathlib.Path(source).rglob("*.json"))]
    return [json.loads(text) for text in texts]


def ends_pip_audit(record):
    """It reads fix versions by PEP 440, and ends with a traceback on one that is none."""
    ranges = [r for entry in record["affected"] for r in entry.get("ranges", []) if r["type"] != "GIT"]
    return any(not PEP440.fullmatch(event.get("fixed", "1")) for r in ranges for event in r["events"])


def known_versions(records):
    """The versions that records speak of, by package."""
    found, left_out = {}, set()
    for record in records:
        for entry in record["affected"]:
            if entry["package"]["ecosystem"] != "PyPI":
                continue
            events = [event for r in entry.get("ranges", []) if r["type"] != "GIT" for event in r["events"]]
            named = entry.get("versions", []) + [text for event in events for text in event.values()]
            name = re.sub(r"[-_.]+", "-", entry["package"]["name"]).lower()
            found.setdefault(name, set()).update(filter(PEP440.fullmatch, named))
            if ends_pip_audit(record):
                left_out.add(name)
    return {name: sorted(found[name] - {"0"}) or ["1.0"] for name in sorted(set(found) - left_out)}


# --- what is audited ---


def quiet(i):
    """A package that no advisory speaks of: most are such."""
    return "quiet-package-%d" % i, "%d.%d.%d" % (i % 7, i % 31, i % 11)


LOCK = 'version = 1\nrevision = 3\nrequires-python = ">=3.9"\n'
PROJECT = '[project]\nname = "bench"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = [\n%s]\n'
# An index that is a folder: of another uv would ask for the status of every package.
PACKAGE = '\n[[package]]\nname = "%s"\nversion = "%s"\nsource = { registry = "wheels" }\n'
ROOT = '\n[[package]]\nname = "bench"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [\n%s]\n'


def pins(records, count, folder):
    versions = known_versions(records)
    known = random.sample(sorted(versions), min(count, len(versions)))
    found = [(name, random.choice(versions[name])) for name in known]
    found = sorted(found + [quiet(i) for i in range(count - len(found))])
    (folder / "wheels").mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text("".join("%s==%s\n" % pin for pin in found))
    (folder / "pyproject.toml").write_text(PROJECT % "".join('  "%s==%s",\n' % pin for pin in found))
    root = ROOT % "".join('  { name = "%s" },\n' % name for name, _ in found)
    (folder / "uv.lock").write_text(LOCK + root + "".join(PACKAGE % pin for pin in found))


def fleet(records, files, folder):
    """Services of one company: a fifth of what each pins has advisories, in one of a few versions that are in use."""
    versions = known_versions(records)
    used = [(name, random.sample(versions[name], min(4, len(versions[name])))) for name in versions]
    for i in range(files):
        found = [(name, random.choice(some)) for name, some in random.sample(used, min(20, len(used)))]
        found += [quiet(k) for k in random.sample(range(3000), 100 - len(found))]
        place = folder / ("team-%02d" % (i % 40)) / ("service-%04d" % i)
        place.mkdir(parents=True)
        (place / "requirements.txt").write_text("".join("%s==%s\n" % pin for pin in sorted(found)))


# --- advisories ---


def varied(text, words):
    """A third of the words are others: as many bytes, and about as hard to compress."""
    return re.sub(r"[A-Za-z]{3,}", lambda word: random.choice(words) if random.random() < 0.3 else word.group(), text)


def variant(record, i, round, words):
    hexes = "".join(random.choice("23456789cfghjmpqrvwx") for _ in range(12))
    record = dict(record, id="PYSEC-%d-%d" % (2000 + i % 30, 10000 + i))
    record["aliases"] = ["CVE-%d-%d" % (2000 + i % 30, 10000 + i), "GHSA-%s-%s-%s" % (hexes[:4], hexes[4:8], hexes[8:])]
    for field in ("summary", "details"):
        if field in record:
            record[field] = varied(record[field], words)
    record["references"] = [
        dict(r, url=r["url"] + "/" + random.choice(words) + hexes[:5]) for r in record.get("references", [])
    ]
    if round > 0:
        record["affected"] = [
            dict(entry, package=dict(entry["package"], name="%s-%d" % (entry["package"]["name"], round)))
            for entry in record["affected"]
        ]
    return record


def advisories(records, count, path):
    words = [word for r in records for word in re.findall(r"[A-Za-z]{3,}", r.get("details", ""))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(count):
            record = variant(records[i % len(records)], i, i // len(records), words)
            archive.writestr(record["id"] + ".json", json.dumps(record, separators=(",", ":"), ensure_ascii=False))


def main():
    command, source, count, out = sys.argv[1:]
    random.seed(20261)
    {"pins": pins, "fleet": fleet, "advisories": advisories}[command](read(source), int(count), pathlib.Path(out))


main()
