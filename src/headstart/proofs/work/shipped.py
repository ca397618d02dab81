"""The reports that ship with Headstart, by their digests: all that a weaker sandbox runs."""

from pathlib import Path

from headstart.reports import work as reports

DIGESTS = "DIGESTS"
FOLDERS = ("reports", "reports-offline")


def folders(root: Path) -> list[Path]:
    """The example reports below `root` (the `examples` folder), by name."""
    return sorted(each.parent for name in FOLDERS for each in (root / name).glob("*/report.toml"))


def digests_of(root: Path) -> str:
    """The text of `examples/DIGESTS`, worked out from the reports themselves: digest, two spaces, path."""
    read = ((reports.read(each), each) for each in folders(root))
    return "".join(f"{folder.digest}  {path.relative_to(root)}\n" for folder, path in read)


def shipped_digests(root: Path) -> frozenset[str]:
    """The digests of the reports that ship, by `examples/DIGESTS`; none where the file is absent."""
    try:
        lines = (root / DIGESTS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    return frozenset(line.split()[0] for line in lines if line.strip())
