"""Try the routes of a web service on what is someone else's, by their ids: what a quick look would find."""

import json
import subprocess
import sys
from pathlib import Path


def main(sheet: dict[str, str], _turn: int, attacker: str) -> None:
    """Write a program that does so; hand it in if it works in rehearsal."""
    facts = {"routes": json.loads(Path(sheet["routes"]).read_text())}
    program = (
        f"{attacker}\n\nimport client\n\nattack(client, json.loads({json.dumps(facts)!r}), deep=False)\n"
    )
    Path("tried.py").write_text(program)
    command = sheet["run"].replace("{input}", "tried.py").split()
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    if "the secret came out" in ran.stdout:
        Path(sheet["answer"]).write_text(program)
        sys.stdout.write(f"HANDED IN: {sheet['answer']}, it uses the ids of others\n")
    else:
        sys.stdout.write("the ids of others gave nothing\n")
