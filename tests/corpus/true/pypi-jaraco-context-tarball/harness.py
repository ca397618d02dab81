"""Unpack a tarball with the one member that the input file names.

{forbidden} in the name stands for the folder that must not change.
"""

import io
import os
import pathlib
import sys
import tarfile

from jaraco.context import tarball

name = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip()
member = tarfile.TarInfo(name.replace("{forbidden}", os.environ["HEADSTART_FORBIDDEN"]))
member.size = 5
with tarfile.open("release.tar.gz", "w:gz") as archive:
    archive.addfile(member, io.BytesIO(b"text\n"))

try:
    with tarball(pathlib.Path("release.tar.gz").resolve().as_uri(), target_dir="unpacked") as folder:
        print("unpacked:", folder)
except tarfile.TarError as refusal:
    print("refused:", type(refusal).__name__)
