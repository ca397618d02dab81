"""Take an upload, then show the locale that a request asks for; both are in the input file.

{uploads} stands for the folder of uploads and {marker} for the hub's marker program.
"""

import json
import os
import pathlib
import sys

from babel import Locale, UnknownLocaleError

request = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
uploads = pathlib.Path("uploads").resolve()
uploads.mkdir(exist_ok=True)
upload = request["upload"].replace("{marker}", os.environ["HEADSTART_MARKER"])
(uploads / "picture.dat").write_text(upload, encoding="utf-8")

try:
    print(Locale(request["locale"].replace("{uploads}", str(uploads))).display_name)
except UnknownLocaleError as refusal:
    print("refused:", type(refusal).__name__)
