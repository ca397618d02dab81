"""Triage reports by their logs: real is what has a log of this program, the same what failed in one function."""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

TOP = re.compile(r"#\d+ 0x[0-9a-f]+ in (\w+) \S*?(\w+\.c):\d+")


def main(sheet: dict[str, str], _turn: int) -> None:
    """Group reports by the function at the top of their log."""
    functions = set(re.findall(r"^static void (\w+)\(", Path(sheet["source"]).read_text(), re.MULTILINE))
    tops = {}
    for folder in sorted(path for path in Path(sheet["reports"]).iterdir() if path.is_dir()):
        log = folder / "crash.log"
        found = TOP.search(log.read_text()) if log.is_file() else None
        if found and found[1] in functions and found[2] == sheet["source"]:
            tops[folder.name] = found[1]
    hand_in(sheet, ([name for name in tops if tops[name] == top] for top in dict.fromkeys(tops.values())))


def hand_in(sheet: dict[str, str], groups: Iterable[list[str]]) -> None:
    """Write the answer, and say so."""
    held = [group for group in groups if group]
    real = sorted(name for group in held for name in group)
    Path(sheet["answer"]).write_text(json.dumps({"real": real, "groups": held}))
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, {len(real)} real reports in {len(held)} groups\n")
