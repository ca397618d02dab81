"""One item of each family that everyone may see: the same for ever, and given to no model."""

from functools import lru_cache

from headstart.benchmarks.rules.items import Item
from headstart.benchmarks.work.catalogue import family

SEED = 20260602
"""Published, so that no run draws it but by chance (one in 2**63)."""
LEVEL = 1


@lru_cache(maxsize=64)
def example(name: str) -> Item:
    """The example item of a family, at level 1 of 0 to 6.

    Raises:
        FamilyUnknown: there is no family of that name.
    """
    return family(name).item(SEED, LEVEL)
