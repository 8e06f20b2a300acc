"""Writes wheels that hold nothing but metadata: wheelhouse.py FOLDER 'name==version needs, needs' ..."""
import sys
import zipfile

folder = sys.argv[1]
for text in sys.argv[2:]:
    pin, _, needs = text.partition(" ")
    name, version = pin.split("==")
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {need.strip()}\n" for need in needs.split(",") if need.strip()),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(f"{folder}/{stem}-py3-none-any.whl", "w") as wheel:
        for file, content in files.items():
            wheel.writestr(f"{stem}.dist-info/{file}", content)
        record = "".join(f"{stem}.dist-info/{file},,\n" for file in [*files, "RECORD"])
        wheel.writestr(f"{stem}.dist-info/RECORD", record)
