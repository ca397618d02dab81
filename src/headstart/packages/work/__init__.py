"""What the packages room keeps in plain folders: the store of releases, source and repositories."""

from headstart.packages.providers.archives import unpack_zip, zip_of
from headstart.packages.providers.git import Commit, Repository
from headstart.packages.providers.sources import unpack_source
from headstart.packages.rules.purl import parse
from headstart.packages.work.entries import digest_of
from headstart.packages.work.store import Installed, Store, is_online

__all__ = [
    "Commit",
    "Installed",
    "Repository",
    "Store",
    "digest_of",
    "is_online",
    "parse",
    "unpack_source",
    "unpack_zip",
    "zip_of",
]
