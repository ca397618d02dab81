"""What a store remembers besides its entries: lists of releases, and builds that failed."""

import json
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from headstart.packages.ports import Release
from headstart.packages.rules.purl import Purl

FAILED_SECONDS = 24 * 3600.0  # how long a build that failed is not tried again: it takes minutes to fail


def read_failure(file: Path) -> tuple[str, str] | None:
    """The step and the log of a build that failed lately."""
    try:
        if time.time() - file.stat().st_mtime > FAILED_SECONDS:
            return None
        step, line = json.loads(file.read_bytes())
        return str(step), str(line)
    except (OSError, ValueError, TypeError):
        return None


def moment(text: str | None) -> datetime | None:
    """A time as a record holds it."""
    return datetime.fromisoformat(text) if text else None


def write_listing(file: Path, releases: Sequence[Release]) -> None:
    """Keep a registry's list of releases."""
    rows = [
        [
            str(each.purl.version),
            each.published.isoformat() if each.published else None,
            each.yanked,
            each.digest,
        ]
        for each in releases
    ]
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as written:
        json.dump(rows, written)
    Path(written.name).replace(file)


def read_listing(file: Path, purl: Purl) -> tuple[Release, ...] | None:
    """The list that was kept; None where there is none that can be read."""
    try:
        rows = json.loads(file.read_bytes())
        return tuple(
            Release(
                purl=purl.at(version),
                published=moment(published),
                yanked=bool(yanked),
                digest=digest,
            )
            for version, published, yanked, digest in rows
        )
    except (OSError, ValueError, TypeError):
        return None
