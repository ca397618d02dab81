import os
import pathlib
import sys

import mistune

print(mistune.html(pathlib.Path(sys.argv[1]).read_text().replace("PROGRAM", os.environ["HEADSTART_MARKER"])))
