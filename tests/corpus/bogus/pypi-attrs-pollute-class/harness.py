import json
import pathlib
import sys

import attr


@attr.s(auto_attribs=True)
class User:
    name: str = ""


changes = json.loads(pathlib.Path(sys.argv[1]).read_text())
user = attr.evolve(User(), **{key: value for key, value in changes.items() if key == "name"})
for key, value in changes.get("__class__", {}).items():
    setattr(type(user), key, value)
