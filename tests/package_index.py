"""Writes a package index into a folder, from a JSON object on stdin: {"app 1.0": {"needs": ["core>=1"], "sdist": false}}.

A wheel is as small as one can be; a source distribution tells its metadata without being built, unless it is broken:
then it has to be built, and cannot be.
"""

import io
import json
import pathlib
import sys
import tarfile
import zipfile


def metadata(name, version, needs):
    lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    return "\n".join(lines + [f"Requires-Dist: {need}" for need in needs]) + "\n"


def write_wheel(folder, name, version, needs):
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata(name, version, needs))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def write_sdist(folder, name, version, needs, broken):
    path = folder / f"{name}-{version}.tar.gz"
    project = f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {json.dumps(needs)}\n'
    files = {"PKG-INFO": metadata(name, version, needs), "pyproject.toml": project}
    if broken:
        # A build system that is in the archive, so that none has to be fetched.
        files = {
            "PKG-INFO": f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "broken"\nbackend-path = ["."]\n',
            "broken.py": 'raise SystemExit("this no longer builds")\n',
        }
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{file}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def main(root):
    for key, package in json.load(sys.stdin).items():
        name, version = key.split(" ")
        folder = pathlib.Path(root, name)
        folder.mkdir(parents=True, exist_ok=True)
        needs = package.get("needs", [])
        if package.get("sdist"):
            path = write_sdist(folder, name, version, needs, package.get("broken"))
        else:
            path = write_wheel(folder, name, version, needs)
        with (folder / "index.html").open("a") as page:
            page.write(f'<a href="{path.name}">{path.name}</a>\n')


main(sys.argv[1])
