"""A made-up package, mended."""

import pathlib
import re
import subprocess

PATTERN = re.compile(r"^a+$")


def slow(text):
    return bool(re.match(r"^a+$", text))


def grow(count):
    return [bytearray(b"x" * (1 << 20)) for _ in range(min(int(count), 8))]


def page(name):
    return pathlib.Path("pages", pathlib.Path(name).name).read_text()


def greet(name):
    subprocess.run(["echo", "hello", name], check=False)


def keep(name, data):
    pathlib.Path("kept").mkdir(exist_ok=True)
    pathlib.Path("kept", pathlib.Path(name).name).write_text(data)


def merge(source, into):
    for name, value in source.items():
        if not name.startswith("__"):
            setattr(into, name, value)


def depth(text):
    return len(text) - len(text.lstrip("["))


def admits(token):
    return token == "ok-1"


def calls(function):
    return function()
