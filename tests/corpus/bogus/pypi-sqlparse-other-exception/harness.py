import pathlib
import sys

import sqlparse

text = pathlib.Path(sys.argv[1]).read_text()
statements = [each for each in sqlparse.split(text) if each.strip("(; \n")]
print(statements[0])
