"""Say whether the host name in the input file is a valid domain."""

import pathlib
import sys

import validators

name = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip()
print(bool(validators.domain(name)))
