"""Where the rows of a sweep are written as they become known, so that a sweep that was killed goes on from there."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import msgspec

from headstart.proofs.rules.sweeps import ReleaseRun
from headstart.proofs.work.records import storable
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

FORMAT = 1  # raised when an older row would mean something else


class Book(Protocol):
    """The rows of one sweep. A version that is written again replaces what was written of it."""

    def known(self) -> Mapping[str, ReleaseRun]:
        """What was written so far, by version."""
        ...

    def write(self, row: ReleaseRun) -> None:
        """Keep a row; it is kept when this returns."""
        ...


class FileBook:
    """A book in a file of JSON lines, which is made when the first row is written.

    A line that is torn, because its writer was killed, is no row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self) -> dict[str, ReleaseRun]:
        """What the file holds, by version."""
        rows: dict[str, ReleaseRun] = {}
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return rows
        for line in lines:
            try:
                row = msgspec.json.decode(line, type=ReleaseRun)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            rows[row.version] = row
        return rows

    def write(self, row: ReleaseRun) -> None:
        """Add a line, behind the end of one that was torn."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"
                file.write(b"\n" if torn else b"")
            file.write(msgspec.json.encode(storable(asdict(row))) + b"\n")

    def forget(self) -> None:
        """Start over."""
        self.path.unlink(missing_ok=True)


def book_of(folder: Folder, sandbox: Sandbox, data: Path) -> FileBook:
    """The book of a report's sweeps in one kind of sandbox, below a data folder."""
    return FileBook(data / "sweeps" / f"{FORMAT}-{folder.digest}-{sandbox.name}.jsonl")
