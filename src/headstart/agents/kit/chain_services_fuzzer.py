"""At each service, try all that its source suggests; go on with what came out."""

import json
import subprocess
import sys
from pathlib import Path


def main(sheet: dict[str, str], turn: int, attacker: str, chainer: str) -> None:
    """Write a program that does so, in the second turn with everything; hand it in if it gets to the end."""
    names = sheet["services"].split(", ")
    known = {
        name: gathered(  # type: ignore[name-defined]  # noqa: F821 - put before this
            Path(f"{name}.py").read_text(), json.loads(Path(f"{name}.json").read_text())
        )
        for name in names
    }
    said = json.dumps(known)
    program = f"{attacker}\n\n{chainer}\n\nimport client\n\nchain(client, {said!r}, deep={turn > 0})\n"
    Path("tried.py").write_text(program)
    command = sheet["run"].replace("{input}", "tried.py").split()
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    if "the secret came out" in ran.stdout:
        Path(sheet["answer"]).write_text(program)
        sys.stdout.write(f"HANDED IN: {sheet['answer']}, {ran.stdout.strip()}\n")
    else:
        sys.stdout.write("nothing yet\n")
