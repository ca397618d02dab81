"""Find a way in, see where it went, and try edits there until it is shut and ordinary use is as it was."""

import json
import sys
from pathlib import Path
from typing import Any

EDITS = (60, 260)  # edits of a turn


def main(sheet: dict[str, str], turn: int) -> None:
    """By the given exploit, or by one of one's own."""
    source = Path(sheet["source"]).read_text()
    facts = gathered(source, json.loads(Path(sheet["routes"]).read_text()))  # type: ignore[name-defined]  # noqa: F821

    def own(client: Any) -> None:
        attack(client, facts, deep=True)  # type: ignore[name-defined]  # noqa: F821

    def visit(client: Any) -> None:
        visitor = Visitor(client, facts)  # type: ignore[name-defined]  # noqa: F821
        visitor.log_in()
        visitor.keep()
        visitor.look_around()
        fed(visitor, facts["texts"])  # type: ignore[name-defined]  # noqa: F821
        for route in facts["routes"]:
            visitor.ask(route, visitor.usual(route))
        visitor.keep()
        for route in facts["routes"]:
            for name in set(route["arguments"]) & {"owner", "folder", "with"}:
                own = visitor.mine[-1] if name == "with" else client.NAME
                visitor.ask(route, {**visitor.usual(route), name: own})

    exploit = exploit_of(sheet["exploit"]) if sheet.get("exploit") else own  # type: ignore[name-defined]  # noqa: F821
    made = mended(source, exploit, visit, EDITS[turn > 0], thorough=True)  # type: ignore[name-defined]  # noqa: F821
    if made is None:
        sys.stdout.write("nothing yet\n")
        return
    Path(sheet["answer"]).write_text(made)
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, what was found gets nothing\n")
