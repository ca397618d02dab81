"""Run tqdm's command line with the option that the input file holds; {marker} stands for the hub's marker program."""

import os
import pathlib
import sys

from tqdm import TqdmTypeError

try:
    from tqdm.cli import main
except ImportError:  # its former name
    from tqdm._main import main

option = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip()
sys.argv = ["tqdm", option.replace("{marker}", os.environ["HEADSTART_MARKER"])]
try:
    main()
except (TqdmTypeError, ValueError) as refusal:
    print("refused:", type(refusal).__name__)
