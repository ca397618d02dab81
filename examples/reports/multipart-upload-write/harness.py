"""Upload a file under the name that the input file gives; {forbidden} stands for the folder that must not change."""

import os
import pathlib
import sys

try:
    from python_multipart.multipart import FormParser
except ImportError:  # its former name
    from multipart.multipart import FormParser

name = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip()
name = name.replace("{forbidden}", os.environ["HEADSTART_FORBIDDEN"])
uploads = pathlib.Path("uploads")
uploads.mkdir(exist_ok=True)

parser = FormParser(
    "multipart/form-data",
    on_field=lambda _: None,
    on_file=lambda _: None,
    boundary=b"frontier",
    config={
        "UPLOAD_DIR": os.fsencode(uploads),  # older releases join it to a name in bytes
        "UPLOAD_KEEP_FILENAME": True,
        "UPLOAD_KEEP_EXTENSIONS": True,
        "MAX_MEMORY_FILE_SIZE": 8,
    },
)
parser.write(
    b"--frontier\r\n"
    b'Content-Disposition: form-data; name="scan"; filename="' + name.encode() + b'"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
    b"thirty-two bytes of a plain text.\r\n"
    b"--frontier--\r\n"
)
parser.finalize()
