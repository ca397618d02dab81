"""Read the YAML document in the input file; {marker} in it stands for the hub's marker program."""

import os
import pathlib
import sys

import yaml

document = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
try:
    print(yaml.full_load(document.replace("{marker}", os.environ["HEADSTART_MARKER"])))
except yaml.YAMLError as refusal:  # the documented way to say no
    print("refused:", type(refusal).__name__)
