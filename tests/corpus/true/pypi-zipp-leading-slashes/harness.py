"""List the top of the ZIP archive in the input file."""

import sys
import zipfile

import zipp

with zipfile.ZipFile(sys.argv[1]) as archive:
    for entry in zipp.Path(archive).iterdir():
        print(entry.name)
