"""Parse a TOML document whose include points at {secret}, and print what came of it."""

import os
import pathlib
import sys

import tomli

document = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
document = document.replace("{secret}", os.environ["HEADSTART_SECRET_FILE"])
print(tomli.loads(document))
