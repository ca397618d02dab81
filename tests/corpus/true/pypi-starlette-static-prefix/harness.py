"""Serve the folder beside the secret file whose name begins like it, and ask for the path that the input file holds.

{neighbour} stands for the name of the secret file.
"""

import asyncio
import os
import pathlib
import sys

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

neighbour = pathlib.PurePath(os.environ["HEADSTART_SECRET_FILE"])
served = pathlib.Path(
    neighbour.with_name(neighbour.name.partition("-")[0])
)  # "secret-…" lies beside the folder "secret"
served.mkdir(exist_ok=True)
(served / "hello.txt").write_text("hello\n", encoding="utf-8")

path = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").strip().replace("{neighbour}", neighbour.name)
scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": [], "query_string": b""}


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message):
    print(message.get("status", ""), message.get("body", b"").decode())


try:
    asyncio.run(StaticFiles(directory=str(served))(scope, receive, send))
except HTTPException as refusal:
    print("refused:", refusal.status_code)
