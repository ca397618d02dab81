"""Open the wheel whose file name the input file holds."""

import pathlib
import sys

from wheel.wheelfile import WheelError, WheelFile

name = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip()
try:
    print(WheelFile(name).parsed_filename.group("name"))
except (WheelError, FileNotFoundError) as refusal:  # not a wheel's name; or no such file, which is fine
    print("refused:", type(refusal).__name__)
