"""The made-up package as a program: what it is asked, and about what."""

import os
import pathlib
import re
import sys

asked, about = sys.argv[1:]
match asked:
    case "page":
        print(pathlib.Path(about).read_text())
    case "greet":
        os.system(f"echo hello {about}")
    case "slow":
        re.match(r"^(a+)+$", about)
    case "keep":
        pathlib.Path(about).write_text("x")
    case "first":
        print(pathlib.Path(about).read_text().split(",")[1])
