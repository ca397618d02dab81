import os
import pathlib
import shutil
import sys

import certifi

print(pathlib.Path(sys.argv[1]).read_text())
shutil.copy(certifi.where(), os.environ["HEADSTART_FORBIDDEN"])
