"""Run the binary in an emulator and watch what it compares: find a key piece by piece, or fish for serials."""

import base64
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

IMPORT = "from headstart.agents.kit.x86_emulator import Machine\n"
KEYGEN = """

import base64
import sys

elf = base64.b64decode({elf!r})
fisher = Fisher(elf, {form!r}, {digits!r})
spot = fisher.spots()[{place}]
way = fisher.ways(spot)[{number}]
for line in sys.stdin:
    print(way(fisher.wanted(spot, line.strip()), line.strip()))
"""


def main(sheet: dict[str, str], turn: int, emulator: str, fisher: str) -> None:
    """A key in turn 0, serials in turn 1: each takes its time."""
    elf = Path(sheet["source"]).read_bytes()
    text = f"{emulator}\n\n{fisher.replace(IMPORT, '')}"
    scope: dict[str, Any] = {}
    exec(text, scope)  # noqa: S102 - the kit's own text
    if sheet["reads"] == "key":
        hand_in_key(sheet, Search(elf, sheet, scope["Machine"]).key()) if turn == 0 else None
        return
    if turn == 0:
        sys.stdout.write("it wants a serial for a name: I shall see what it compares\n")
        return
    found = scope["fish"](scope["Fisher"](elf, sheet["form"], sheet["digits"]))
    if found is None:
        sys.stdout.write("what it compares can't be turned round simply\n")
        return
    held = {"elf": base64.b64encode(elf).decode(), "form": sheet["form"], "digits": sheet["digits"]}
    Path(sheet["answer"]).write_text(text + KEYGEN.format(place=found[0], number=found[1], **held))
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, serials fished out of a comparison\n")


def hand_in_key(sheet: dict[str, str], key: str) -> None:
    """Write the generator, if the program itself accepts the key."""
    program = shutil.copy(sheet["source"], "candidate")
    Path(program).chmod(0o755)
    ran = subprocess.run(["./candidate"], input=f"{key}\n".encode(), capture_output=True, check=False)
    if ran.returncode != 0:
        sys.stdout.write(f"the best key so far is {key}, and it is refused\n")
        return
    text = f"import sys\n\nfor _ in sys.stdin:\n    print({key!r})\n"
    Path(sheet["answer"]).write_text(text)
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, the key {key}\n")


class Search:
    """Find a key by making one comparison after the other come out equal."""

    def __init__(self, elf: bytes, sheet: dict[str, str], machine: Any) -> None:
        self.elf, self.machine = elf, machine
        self.size, self.digits = len(sheet["form"]), sheet["digits"]
        self.done: dict[int, str] = {}
        self.ruled_out: set[int] = set()  # addresses of comparisons that no character makes equal
        self.kind = "cmp"

    def events(self, key: list[str], most: int = 1 << 30) -> list[tuple[int, int, int]]:
        """What is compared, or gathered by OR, in the order of the run."""
        given = "".join(key).encode() + b"\n"
        found = self.machine(self.elf, given).run(events=most).events
        return [
            (at, one, two) if kind == "cmp" else (at, two, 0)
            for at, kind, one, two, _ in found
            if self.asked(kind)
        ]

    def asked(self, kind: str) -> bool:
        """Whether this kind of comparison is looked at."""
        return kind == self.kind

    def key(self) -> str:
        """The key; as far as it was found."""
        for kind in ("cmp", "or"):
            self.kind, self.done, self.ruled_out = kind, {}, set()
            key = [self.digits[0]] * self.size
            while len(self.done) < self.size and self.one_more(key):
                pass
            if len(self.done) == self.size:
                break
        return "".join(key)

    def one_more(self, key: list[str]) -> bool:
        """Find which character the next comparison hangs on, and what it must be."""
        now = self.events(key)
        first: tuple[int, int] | None = None  # index of the comparison, place of the character
        for place in range(self.size):
            if place in self.done:
                continue
            other = self.events([*key[:place], self.digits[1], *key[place + 1 :]])
            pairs = enumerate(zip(now, other, strict=False))
            changed = next(
                (n for n, (one, two) in pairs if one != two and one[0] not in self.ruled_out), None
            )
            if changed is not None and (first is None or changed < first[0]):
                first = (changed, place)
        if first is None:
            return False
        index, place = first
        for digit in self.digits:
            key[place] = digit
            seen = self.events(key)
            if index < len(seen) and seen[index][1] == seen[index][2]:
                self.done[place] = digit
                return True
        self.ruled_out.add(now[index][0])
        return True
