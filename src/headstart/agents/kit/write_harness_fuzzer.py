"""Write a harness in which the data chooses options and pieces, items are read out, and the reader is used twice."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # in the sandbox its text stands before this one
    from headstart.agents.kit.write_harness_heuristic import hand_in, limits, plain, roles


def main(sheet: dict[str, str], turn: int) -> None:
    """The full harness; the plain one where that raises an alarm."""
    header = Path(sheet["header"]).read_text()
    says, most = roles(header), limits(header)
    hand_in(sheet, (full, plain)[min(turn, 1)](sheet["header"], says, most))


def full(header: str, says: dict[str, str], most: dict[str, int]) -> str:
    """The harness."""
    return f"""\
#include <stddef.h>
#include <stdint.h>
#include "{header}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {{
    {says["type"]} *x = {says["open"]}();
    size_t at = 0;
    for (unsigned option = 0; option < {most["options"]} && at < size; option++)
        {says["set"]}(x, option, data[at++] % {most["value"] + 1});
    for (int round = 0; round < 2; round++) {{
        int good = 1;
        size_t end = round ? size : at + (size - at) / 2;
        while (good && at + 1 < end) {{
            size_t n = 1 + data[at++] % {most["most"]};
            if (n > end - at) n = end - at;
            good = {says["feed"]}(x, data + at, n) >= 0;
            at += n;
        }}
        if (!good || {says["finish"]}(x) < 0) break;
        for (size_t i = 0; i < {says["count"]}(x); i++) {says["get"]}(x, i);
        if (round == 0) {says["reset"]}(x);
    }}
    {says["close"]}(x);
    return 0;
}}
"""
