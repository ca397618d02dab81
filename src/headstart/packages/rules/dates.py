"""Whether a registry's dates can be relied on: a mirror may tell when it fetched a release, not when it was made."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from headstart.packages.rules.versions import key, order

MOST_WRONG = 0.1  # of the pairs that follow each other: a slip of a publisher's is forgiven


def are_reliable(ecosystem: str, published: Mapping[str, datetime], created: datetime | None) -> bool:
    """Whether dates of releases (by version) make sense of each other.

    They do where none is older than the package itself, whose own date must be told, and where within each line of
    releases (the same first two numbers, as 4.17) a later version is hardly ever older than the one before.
    Alone a date shows nothing: a package with no two releases of a line is believed by its own date.
    """
    if created is None or any(each < created for each in published.values()):
        return False
    lines: dict[str, list[str]] = {}
    for version in order(ecosystem, published):
        if key(ecosystem, version) is not None and version.replace(".", "").isdigit():
            lines.setdefault(".".join(version.split(".")[:2]), []).append(version)
    pairs = [pair for line in lines.values() for pair in pairwise(line)]
    wrong = [pair for pair in pairs if published[pair[0]] > published[pair[1]]]
    return len(wrong) <= MOST_WRONG * len(pairs)
