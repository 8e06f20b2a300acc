"""Writes a package index into a folder, from a JSON object on stdin: {"app 1.0": {"needs": ["core>=1"], "sdist": false}}.

A wheel is as small as one can be; a source distribution tells its metadata without being built.
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


def write_sdist(folder, name, version, needs):
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in {
            "PKG-INFO": metadata(name, version, needs),
            "pyproject.toml": f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {json.dumps(needs)}\n',
        }.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{file}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def main(root):
    for key, package in json.load(sys.stdin).items():
        name, version = key.split(" ")
        folder = pathlib.Path(root, name)
        folder.mkdir(parents=True, exist_ok=True)
        write = write_sdist if package.get("sdist") else write_wheel
        path = write(folder, name, version, package.get("needs", []))
        with (folder / "index.html").open("a") as page:
            page.write(f'<a href="{path.name}">{path.name}</a>\n')


main(sys.argv[1])
