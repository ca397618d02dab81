# ruff: noqa: PTH103, PTH118, PTH123
"""A made-up package with one planted flaw of every kind."""

import os
import pathlib
import re


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
