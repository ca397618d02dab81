"""Call the method that the input file names on a shopping basket; {marker} stands for the hub's marker program."""

import json
import os
import pathlib
import sys

import pydash


class Basket:
    """What a request may call methods of."""

    def __init__(self):
        self.items = ["tea"]

    def add(self, item):
        self.items.append(item)
        return len(self.items)


request = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
argument = request["argument"].replace("{marker}", os.environ["HEADSTART_MARKER"])
try:
    print(pydash.objects.invoke(Basket(), request["path"], argument))
except KeyError as refusal:  # how later releases say no
    print("refused:", refusal)
