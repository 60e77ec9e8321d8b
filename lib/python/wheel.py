"""Writes the package with the library as a wheel (PEP 427).

    python3 wheel.py LIBRARY FOLDER
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sysconfig
import sys
import zipfile

NAME = "merctools_mercury"


def main(library: str, folder: str) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "mercury", "__init__.py"), encoding="utf-8") as f:
        version = re.search(r'__version__ = "([^"]+)"', f.read()).group(1)  # type: ignore[union-attr]
    with open(os.path.join(here, "..", "..", "LICENSE"), "rb") as f:
        licence = f.read()
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    tag = f"py3-none-{platform}"
    info = f"{NAME}-{version}.dist-info"
    files: dict[str, bytes] = {}
    for name in sorted(os.listdir(os.path.join(here, "mercury"))):
        if name.endswith((".py", ".typed")):
            with open(os.path.join(here, "mercury", name), "rb") as f:
                files[f"mercury/{name}"] = f.read()
    with open(library, "rb") as f:
        files["mercury/libmerc.so"] = f.read()
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {NAME.replace('_', '-')}\nVersion: {version}\n"
        "Summary: What network packets tell of the programs that sent them\nLicense: BSD-3-Clause\nRequires-Python: >=3.9\n"
    ).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: merctools\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\npmercury = mercury.__main__:main\n"
    files[f"{info}/LICENSE"] = licence
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    path = os.path.join(folder, f"{NAME}-{version}-{tag}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            z.writestr(entry, data)
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
