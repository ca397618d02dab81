# ruff: noqa: PTH100, PTH103, PTH104, PTH118, PTH123, PTH211
"""A made-up package with one planted flaw of every kind."""

import io
import json
import os
import pathlib
import pickle
import re
import sqlite3
import subprocess
import zipfile

PATTERN = re.compile(r"^(a+)+$")


def slow(text):
    return bool(re.match(r"^(a+)+$", text))


def grow(count):
    return [bytearray(b"x" * (1 << 20)) for _ in range(int(count))]


def page(name):
    return pathlib.Path("pages", name).read_text()


def greet(name):
    os.system(f"echo hello {name}")


def keep(name, data):
    os.makedirs("kept", exist_ok=True)
    with open(os.path.join("kept", name), "w") as file:
        file.write(data)


def merge(source, into):
    for name, value in source.items():
        if isinstance(value, dict) and hasattr(into, name):
            merge(value, getattr(into, name))
        else:
            setattr(into, name, value)


def depth(text):
    return 1 + depth(text[1:]) if text.startswith("[") else 0


def admits(token):
    return token.startswith("ok")


def calls(function):
    return function()


def calc(text):
    return eval(text)


def render(path):
    """A template: one expression, compiled under the template's own name as template engines do."""
    names = {}
    exec(compile("result = " + pathlib.Path(path).read_text(), os.path.abspath(path), "exec"), names)
    return names["result"]


def first(text):
    return text.split(",")[1]


def tells(text, tell):
    tell(len(text))
    return first(text)


def parse(text):
    return json.loads(text)


def big(power):
    return b"x" * (1 << power)


def assign(values):
    globals().update(values)


def label(values):
    for name, value in values.items():
        type.__setattr__(Label, name, value)


class Label:
    pass


def unpack(name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x", "y")
    zipfile.ZipFile(packed).extractall(name)


def queue(name):
    os.mkfifo(name)


def database(name):
    sqlite3.connect(name).execute("create table kept (x)")


def move(name):
    pathlib.Path("moved").write_text("x")
    os.rename("moved", name)


def link(name):
    os.symlink("x", os.path.join(name, "link"))


def start(program):
    subprocess.run([program], check=False)


def load(data):
    return pickle.loads(data)


def die(text):
    if text == "up":
        os.abort()
