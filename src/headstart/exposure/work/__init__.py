"""The exposure room's work on plain files: reading inventories and advisories, and matching them."""

from headstart.exposure.work.advisories import read_advisories
from headstart.exposure.work.files import Asset, Assets, is_zone, read, read_assets
from headstart.exposure.work.matching import Matched, match, match_files

__all__ = [
    "Asset",
    "Assets",
    "Matched",
    "is_zone",
    "match",
    "match_files",
    "read",
    "read_advisories",
    "read_assets",
]
