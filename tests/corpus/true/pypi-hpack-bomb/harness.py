"""Decode the header block that the input file holds."""

import pathlib
import sys

from hpack import Decoder
from hpack.exceptions import HPACKError

block = pathlib.Path(sys.argv[1]).read_bytes()
try:
    print("headers:", len(Decoder().decode(block)))
except HPACKError as refusal:  # the documented way to say no
    print("refused:", type(refusal).__name__)
