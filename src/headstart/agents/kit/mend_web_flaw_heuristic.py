"""Where the given exploit went, ask for the owner as other routes do: what a quick look would mend."""

import json
import sys
from pathlib import Path
from typing import Any

EDITS = 12  # edits


def main(sheet: dict[str, str], _turn: int) -> None:
    """Try a few edits against the exploit; nothing without one."""
    if not sheet.get("exploit"):
        sys.stdout.write("there is no exploit to go by\n")
        return
    source = Path(sheet["source"]).read_text()
    routes = json.loads(Path(sheet["routes"]).read_text())

    def visit(client: Any) -> None:
        visitor = Visitor(client, {"routes": routes})  # type: ignore[name-defined]  # noqa: F821 - put before this
        visitor.log_in()
        visitor.keep()
        visitor.look_around()

    made = mended(source, exploit_of(sheet["exploit"]), visit, EDITS, thorough=False)  # type: ignore[name-defined]  # noqa: F821
    if made is None:
        sys.stdout.write("no quick edit stops it\n")
        return
    Path(sheet["answer"]).write_text(made)
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, the exploit gets nothing\n")
