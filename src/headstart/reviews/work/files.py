"""Programmes in files: those that ship with Headstart, and any other."""

from pathlib import Path

from headstart.reviews.errors import ProgrammeInvalid, ProgrammeNotFound
from headstart.reviews.rules.programmes import LARGEST_CHARACTERS, Programme, read_programme

SHIPPED = Path(__file__).parents[1] / "programmes"
LARGEST_BYTES = 4 * LARGEST_CHARACTERS  # of UTF-8


def programmes() -> list[Programme]:
    """Those that ship: what is in force first, then by id."""
    found = [shipped(each.stem) for each in SHIPPED.glob("*.toml")]
    return sorted(found, key=lambda each: (each.status != "in force", each.id))


def shipped(programme_id: str) -> Programme:
    """One that ships, by its id: what a door calls with words from outside, for it opens no other file.

    Raises:
        ProgrammeNotFound: there is none.
    """
    known = {each.stem: each for each in SHIPPED.glob("*.toml")}
    if programme_id not in known:
        raise ProgrammeNotFound(programme_id, sorted(known))
    return _read(known[programme_id], programme_id)


def load_programme(name: str) -> Programme:
    """A shipped programme by its id, or one from a file of the caller's own by its path (which ends in .toml).

    Raises:
        ProgrammeNotFound: there is none.
        ProgrammeInvalid: it can't be read, or breaks a rule.
    """
    if not name.endswith(".toml"):
        return shipped(name)
    try:
        if not Path(name).is_file():  # a pipe would be waited for, and a device read for ever
            raise ProgrammeNotFound(name, [each.id for each in programmes()])
    except (OSError, ValueError) as error:
        raise ProgrammeInvalid(name, f"can't be read: {error}") from error
    return _read(Path(name), name)


def _read(path: Path, where: str) -> Programme:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ProgrammeInvalid(where, f"can't be read: {error.strerror}") from error
    if len(content) > LARGEST_BYTES:
        raise ProgrammeInvalid(where, f"larger than {LARGEST_BYTES // 1024} KiB")
    try:
        return read_programme(content.decode(), where)
    except UnicodeDecodeError as error:
        raise ProgrammeInvalid(where, "is not UTF-8 text") from error
