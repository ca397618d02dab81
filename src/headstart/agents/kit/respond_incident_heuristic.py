"""Look for what is rare: a property of the noticed event that no quiet day shows."""

import json
import re
import sys
from pathlib import Path

Atom = tuple[str, str, str]  # field, modifier, value
WORDS = re.compile(r"(?<= )[|-] ?[a-z/-]+|[a-z0-9]{3,12}|\.\.?[%a-z0-9]*|%2e%2e")
MEANS_NOTHING = re.compile(r"\d{4}-\d\d-\d\dT|^\d+\.\d+\.\d+\.\d+$")


def main(sheet: dict[str, str], _turn: int) -> None:
    """The one property that most events share and none did before."""
    days = Days(sheet)
    lead = days.noticed()
    if lead is None:
        sys.stdout.write("nobody knows where to begin\n")
        return
    novel = [atom for atom in atoms(lead, days.apart) if not days.quiet(atom)]
    best = max(novel, key=lambda atom: (len(days.logs(atom)), -len(atom[2])), default=None)
    if best is None:
        sys.stdout.write("nothing of it is new\n")
        return
    days.hand_in([(best,)])


def atoms(event: dict[str, str | int], apart: set[str]) -> list[Atom]:
    """Properties of an event: whole values, beginnings, ends, words, long runs."""
    made: set[Atom] = set()
    for field, value in event.items():
        text = str(value).lower()
        if field in apart or MEANS_NOTHING.search(str(value)):
            continue
        made.add((field, "", text))
        if "/" in text:
            made.add((field, "endswith", "/" + text.rpartition("/")[2]))
            parts = text.split("/")
            made |= {
                (field, "startswith", "/".join(parts[:n]) + "/")
                for n in range(1, len(parts))
                if parts[0] == ""
            }
            made |= {(field, "contains", f"/{part}/") for part in parts[1:-1]}
        made |= {(field, "contains", word) for word in WORDS.findall(text)}
        made |= {(field, "startswith", text[: found.end()]) for found in re.finditer(r"[-_.:]", text)}
        if re.search(r"[A-Za-z0-9]{24,}", text):
            made.add((field, "re", "[A-Za-z0-9]{24,}"))
    return sorted(made)


class Days:
    """The logs, and which events have which property."""

    def __init__(self, sheet: dict[str, str]) -> None:
        self.sheet = sheet
        self.apart = {sheet["field of hosts"]}
        self.events = [read(Path(sheet["source"])), read(Path(sheet["quiet"]))]
        self.known: dict[tuple[Atom, int], frozenset[int]] = {}

    def noticed(self) -> dict[str, str | int] | None:
        """The event that was noticed."""
        source, _, when = self.sheet.get("noticed", "").partition(" ")
        return next(
            (each for each in self.events[0] if each["source"] == source and when in each.values()), None
        )

    def have(self, atom: Atom, which: int) -> frozenset[int]:
        """The events that have a property."""
        if (atom, which) not in self.known:
            self.known[atom, which] = frozenset(
                n for n, each in enumerate(self.events[which]) if has(each, atom)
            )
        return self.known[atom, which]

    def logs(self, *together: Atom) -> frozenset[int]:
        """Events of the intrusion's days that have all these."""
        return frozenset.intersection(*(self.have(atom, 0) for atom in together))

    def quiet(self, *together: Atom) -> frozenset[int]:
        """Events of quiet days that have all these."""
        return frozenset.intersection(*(self.have(atom, 1) for atom in together))

    def hand_in(self, selections: list[tuple[Atom, ...]]) -> None:
        """Write a rule of these selections, and what they touch."""
        every = frozenset().union(*(self.logs(*each) for each in selections))
        caught = [self.events[0][n] for n in sorted(every)]
        touched: dict[str, list[str]] = {}
        for name in ("hosts", "accounts"):
            field = self.sheet[f"field of {name}"]
            touched[name] = sorted({str(each[field]) for each in caught if field in each})
        named = self.sheet["field of files"]
        touched["files"] = sorted(
            {str(each[named]) for each in caught if each["source"] == "file" and named in each}
        )
        detection: dict[str, object] = {f"s{n}": selection(each) for n, each in enumerate(selections)}
        detection["condition"] = "1 of s*"
        Path(self.sheet["answer"]).write_text(
            json.dumps({"touched": touched, "rule": {"detection": detection}})
        )
        sys.stdout.write(f"HANDED IN: {self.sheet['answer']}, {len(caught)} events\n")


def selection(together: tuple[Atom, ...]) -> dict[str, object]:
    """Properties as a selection of Sigma."""
    made: dict[str, list[str]] = {}
    for field, modifier, value in together:
        made.setdefault(f"{field}|{modifier}|all" if modifier else field, []).append(value)
    return {key: values if key.endswith("|all") else values[0] for key, values in made.items()}


def has(event: dict[str, str | int], atom: Atom) -> bool:
    """Whether an event has a property."""
    field, modifier, value = atom
    if field not in event:
        return False
    text = str(event[field]).lower()
    if modifier == "re":
        return re.search(value, str(event[field])) is not None
    if modifier == "contains":
        return value in text
    if modifier:
        return text.startswith(value) if modifier == "startswith" else text.endswith(value)
    return text == value


def read(folder: Path) -> list[dict[str, str | int]]:
    """The events of a folder."""
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]
