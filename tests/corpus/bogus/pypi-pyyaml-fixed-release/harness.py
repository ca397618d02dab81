import os
import pathlib
import sys

import yaml

text = pathlib.Path(sys.argv[1]).read_text().replace("PROGRAM", os.environ["HEADSTART_MARKER"])
try:
    yaml.load(text, Loader=yaml.FullLoader)
except yaml.YAMLError as error:
    print(error)
