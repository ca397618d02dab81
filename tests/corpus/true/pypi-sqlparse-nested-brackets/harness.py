"""Parse the SQL that the input file holds."""

import pathlib
import sys

import sqlparse
from sqlparse.exceptions import SQLParseError

text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
try:
    print("statements:", len(sqlparse.parse(text)))
except SQLParseError as refusal:  # the documented way to say no
    print("refused:", type(refusal).__name__)
