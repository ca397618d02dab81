import pathlib
import sys

from defusedxml import EntitiesForbidden
from defusedxml.ElementTree import fromstring

try:
    fromstring(pathlib.Path(sys.argv[1]).read_text())
except EntitiesForbidden as error:
    print("refused:", error)
