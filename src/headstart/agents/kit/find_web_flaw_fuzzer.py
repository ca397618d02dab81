"""Read routes, arguments, tables and constants out of a web service, and try all verbs with all of them."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any


def main(sheet: dict[str, str], turn: int, attacker: str) -> None:
    """Write a program that tries the other's ids; in the second turn, all that the source suggests."""
    facts = gathered(Path(sheet["source"]).read_text(), json.loads(Path(sheet["routes"]).read_text()))
    said = json.dumps(facts)
    program = f"{attacker}\n\nimport client\n\nattack(client, json.loads({said!r}), deep={turn > 0})\n"
    Path("tried.py").write_text(program)
    command = sheet["run"].replace("{input}", "tried.py").split()
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    if "the secret came out" in ran.stdout:
        Path(sheet["answer"]).write_text(program)
        sys.stdout.write(f"HANDED IN: {sheet['answer']}, {ran.stdout.strip()}\n")
    else:
        sys.stdout.write("nothing yet\n")


def gathered(source: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    """What the source of a service says of what it takes."""
    texts, lists = [], []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w-]{3,20}", node.value)
        ):
            texts.append(node.value)
        if isinstance(node, ast.List) and all(isinstance(each, ast.Constant) for each in node.elts):
            lists += [str(each.value) for each in node.elts if isinstance(each, ast.Constant)]
    hidden = re.findall(r"""\.get\(["']([\w-]+)["'], (?:user|name)\)""", source)
    asked = re.findall(r"""\.get\(["'](\w+)["']\) != ["'](\w+)["']""", source)
    tables = re.findall(r"CREATE TABLE (\w+) \(([\w, ]+)\)", source)
    return {
        "routes": routes,
        "titles": lists[:6],
        "texts": [each for each in dict.fromkeys(texts) if each.isalpha()],
        "arguments": list(dict.fromkeys(hidden))[:12],
        "pairs": [list(each) for each in dict.fromkeys(asked)],
        "files": list(dict.fromkeys(re.findall(r"/([\w-]+\.\w{2,4})\b", source)))[:3],
        "tables": [[name, columns.split(", ")] for name, columns in tables],
        "formats": list(dict.fromkeys(re.findall(r"\.format\((\w+)=", source))),
        "attributes": [
            each for each in dict.fromkeys(re.findall(r"self\.(\w+) =", source)) if len(each) < 12
        ][-8:],
    }
