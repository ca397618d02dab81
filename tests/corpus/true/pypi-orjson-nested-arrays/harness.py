"""Read the JSON document that the input file holds."""

import pathlib
import sys

import orjson

document = pathlib.Path(sys.argv[1]).read_bytes()
try:
    print(type(orjson.loads(document)).__name__)
except orjson.JSONDecodeError as refusal:  # the documented way to say no
    print("refused:", str(refusal)[:60])
