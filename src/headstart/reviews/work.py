"""Programmes in files: those that ship with Headstart, and any other."""

from pathlib import Path

from headstart.reviews.errors import ProgrammeInvalid
from headstart.reviews.rules import Programme, read_programme

SHIPPED = Path(__file__).parent / "programmes"
LARGEST_BYTES = 64 * 1024


def load_programme(name: str) -> Programme:
    """A shipped programme by its id, or one from a file by its path.

    Raises:
        ProgrammeInvalid: there is none, or it breaks a rule.
    """
    path = Path(name) if name.endswith(".toml") else SHIPPED / f"{Path(name).name}.toml"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        text = content.decode()
    except FileNotFoundError:
        shipped = ", ".join(sorted(each.stem for each in SHIPPED.glob("*.toml")))
        raise ProgrammeInvalid(name, f"no such programme; shipped are {shipped}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProgrammeInvalid(name, f"can't be read: {error}") from error
    if len(content) > LARGEST_BYTES:
        raise ProgrammeInvalid(name, f"larger than {LARGEST_BYTES // 1024} KiB")
    return read_programme(text, name)
