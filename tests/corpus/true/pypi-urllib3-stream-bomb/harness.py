"""Read the compressed answer in the input file a piece at a time, as a client that watches its memory does."""

import io
import pathlib
import sys

from urllib3.response import HTTPResponse

answer = HTTPResponse(
    body=io.BytesIO(pathlib.Path(sys.argv[1]).read_bytes()),
    headers={"content-encoding": "gzip"},
    status=200,
    preload_content=False,
)
total = 0
for piece in answer.stream(1 << 20):
    total += len(piece)
print("bytes:", total)
