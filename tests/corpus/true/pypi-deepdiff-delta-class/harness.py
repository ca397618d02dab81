"""Apply the delta in the input file to an account."""

import ast
import pathlib
import sys

from deepdiff import Delta


class Account:
    """What a delta may change."""

    def __init__(self):
        self.name = "guest"


account = Account()
delta = ast.literal_eval(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
try:
    account += Delta(delta)
except ValueError as refusal:  # how later releases say no
    print("refused:", refusal)
print(vars(account))
