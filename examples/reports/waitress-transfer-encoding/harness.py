"""Hand a request to the server's parser; exit 0 if it is accepted, 10 if it is refused."""

import pathlib
import sys

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

parser = HTTPRequestParser(Adjustments())
rest = pathlib.Path(sys.argv[1]).read_bytes()
while rest and not parser.completed:
    rest = rest[parser.received(rest) :]
if not parser.completed:
    sys.exit("the request is not complete")
sys.exit(10 if parser.error else 0)
