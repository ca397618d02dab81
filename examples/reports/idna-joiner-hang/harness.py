"""Encode the host name that the input file holds."""

import pathlib
import sys

import idna

name = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip("\r\n")
try:
    print(idna.encode(name)[:80])
except idna.IDNAError as refusal:  # the documented way to say no
    print("refused:", type(refusal).__name__)
