"""What the witnesses inside a run wrote down, read again: records with a keyed digest, and stack samples.

A record that does not carry this run's key is not believed, and neither is a line that is no record: the
folder it lies in is one that the harness can write to.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec

from headstart.proofs.rules.evidence import Attribution, Frame, Place, attribute

MOST_LINES = 5000
_SAMPLE_HEAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]{1,20} .{0,60}\(most recent call first\):")
_SAMPLE_FRAME = re.compile(r'^  File "(?P<file>[^"]{0,1000})", line (?P<line>\d{1,9}) in (?P<name>.{0,300})$')


class Language(StrEnum):
    """What runs the harness, so which witness there is."""

    PYTHON = "python"
    NODE = "node"
    NATIVE = "native"  # no witness: sanitizer frames alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that a witness saw."""

    event: str
    detail: str
    stack: tuple[Frame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """All that the witness of one run said."""

    started: bool  # it was there from the start
    records: tuple[Record, ...] = ()
    samples: tuple[
        tuple[Frame, ...], ...
    ] = ()  # stacks while it computed, oldest first, each innermost first
    forged: int = 0  # lines that carried no key, or another

    def of(self, *events: str) -> tuple[Record, ...]:
        """The records of these events; a name that ends in a dot stands for all that begin so."""
        exact = {name for name in events if not name.endswith(".")}
        begin = tuple(name for name in events if name.endswith("."))
        return tuple(each for each in self.records if each.event in exact or each.event.startswith(begin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Whose a file is, by where the run saw it. Paths end in a slash."""

    target: str  # the folder that holds the target and what was installed with it
    own: frozenset[str]  # the target's own files and folders, relative to it; empty: all of it
    library: tuple[str, ...] = ()

    def of(self, file: str) -> Place:
        """The place of a file."""
        if file.startswith(self.target):
            return self._in_target(file[len(self.target) :])
        if file.startswith(("node:", "<")) or file == "":
            return Place.LIBRARY
        outside = "/site-packages/" in file or "/dist-packages/" in file
        return Place.LIBRARY if file.startswith(self.library) and not outside else Place.HARNESS

    def refine(self, file: str, said: str) -> Place:
        """The place of a frame as the witness judged it: `t`, `l`, `h`, `u`, `f` (its file holds other code)."""
        if said in ("h", "f"):
            return Place.HARNESS
        if said == "u":
            return Place.UNKNOWN
        if said == "l":
            return Place.LIBRARY
        return self.of(file) if file.startswith(self.target) else Place.TARGET

    def _in_target(self, path: str) -> Place:
        if not self.own:
            return Place.TARGET
        parts = path.split("/")
        heads = {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
        return Place.TARGET if heads & self.own else Place.DEPENDENCY


def digest(language: Language, key: bytes, body: bytes) -> str:
    """The keyed digest of a record: BLAKE2b from Python's witness, HMAC-SHA-256 from Node's; 16 bytes each."""
    if language is Language.PYTHON:
        return hashlib.blake2b(body, key=key, digest_size=16).hexdigest()
    return hmac.new(key, body, hashlib.sha256).hexdigest()[:32]


def read(language: Language, *, log: bytes, faults: bytes, key: bytes, places: Places) -> Testimony:
    """The testimony of one run, from its log and from what the interpreter's own fault handler wrote."""
    bodies: list[Mapping[str, Any]] = []
    forged = 0
    for line in log.split(b"\n")[:-1][:MOST_LINES]:  # what follows the last line's end was cut off by a kill
        mac, _, body = line.partition(b" ")
        if not hmac.compare_digest(mac, digest(language, key, body).encode()):
            forged += 1
            continue
        bodies.append(msgspec.json.decode(body))
    places = _with_library(places, bodies)
    records = [_record(body, places.refine) for body in bodies]
    shown = tuple(each.stack for each in records if each.event == "sample" and each.stack)
    return Testimony(
        started=any(each.event == "start" for each in records),
        records=tuple(each for each in records if each.event not in ("start", "sample")),
        samples=shown or samples(faults.decode("utf-8", "replace"), places.of),
        forged=forged,
    )


def _with_library(places: Places, bodies: Iterable[Mapping[str, Any]]) -> Places:
    """The same places, with the standard library where the interpreter said that it is."""
    said = [
        folder for body in bodies if body["event"] == "start" for folder in body["detail"].split("\0")[1:]
    ]
    return replace(places, library=tuple(said)) if said else places


def _record(body: Mapping[str, Any], place: Callable[[str, str], Place]) -> Record:
    stack = tuple(
        Frame(file=file, line=line, function=function, place=place(file, said))
        for file, line, function, said in body["frames"]
    )
    return Record(event=body["event"], detail=body["detail"], stack=stack)


def samples(text: str, place: Callable[[str], Place]) -> tuple[tuple[Frame, ...], ...]:
    """The stacks of the thread that ran, in what Python's fault handler writes."""
    found: list[list[Frame]] = []
    current: list[Frame] | None = None
    for line in text.split("\n")[: 20 * MOST_LINES]:
        if _SAMPLE_HEAD.match(line):
            current = [] if line.startswith("Current") else None
            if current is not None:
                found.append(current)
        elif current is not None and (match := _SAMPLE_FRAME.match(line)):
            file = match["file"]
            current.append(
                Frame(file=file, line=int(match["line"]), function=match["name"], place=place(file))
            )
    return tuple(tuple(stack) for stack in found if stack)


def majority(stacks: Iterable[tuple[Frame, ...]]) -> tuple[Attribution, tuple[Frame, ...]]:
    """Who was computing, by samples of the later half, and one stack that shows it.

    The target, where four in five say so; the harness, where more than half do.
    """
    taken = list(stacks)
    later = taken[len(taken) // 2 :]
    if not later:
        return Attribution.UNKNOWN, ()
    said = [attribute(stack) for stack in later]
    for who, share in ((Attribution.TARGET, 0.8), (Attribution.HARNESS, 0.5)):
        if said.count(who) >= share * len(said):
            return who, later[said.index(who)]
    return Attribution.UNKNOWN, later[-1]
