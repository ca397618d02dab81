import pathlib
import re
import sys

from packaging.version import InvalidVersion, Version

text = pathlib.Path(sys.argv[1]).read_text().strip()
try:
    Version(text)
except InvalidVersion:
    pass
re.match(r"^([0-9a-z.+]+)+$", text)
