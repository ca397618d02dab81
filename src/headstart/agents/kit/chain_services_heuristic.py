"""At each service, try the ids of others; go on with what came out."""

import json
import subprocess
import sys
from pathlib import Path


def main(sheet: dict[str, str], _turn: int, attacker: str, chainer: str) -> None:
    """Write a program that does so; hand it in if it gets to the end in rehearsal."""
    names = sheet["services"].split(", ")
    said = json.dumps({name: {"routes": json.loads(Path(f"{name}.json").read_text())} for name in names})
    program = f"{attacker}\n\n{chainer}\n\nimport client\n\nchain(client, {said!r}, deep=False)\n"
    Path("tried.py").write_text(program)
    command = sheet["run"].replace("{input}", "tried.py").split()
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    if "the secret came out" in ran.stdout:
        Path(sheet["answer"]).write_text(program)
        sys.stdout.write(f"HANDED IN: {sheet['answer']}, it uses the ids of others\n")
    else:
        sys.stdout.write("the ids of others did not lead to the end\n")
