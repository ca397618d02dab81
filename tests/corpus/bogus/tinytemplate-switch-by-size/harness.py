import pathlib
import sys

import tinytemplate

path = pathlib.Path(sys.argv[1])
print(tinytemplate.__doc__, path.name)
total = 0
while path.stat().st_size > 100:
    total += 1
