"""Where a tier is read from: a folder, or a web address. Both give bytes up to a bound, and nothing else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from headstart.advisories.errors import SourceUnreachable, TierUnknown
from headstart.advisories.rules.content import Tier
from headstart.ledger.work.files import read_plain

if TYPE_CHECKING:
    import httpx

LONGEST_SECONDS = 60.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Source(Protocol):
    """One tier's files."""

    def read(self, name: str, most: int) -> bytes | None:
        """A file's bytes, at most one more than `most` of them; None where there is no such file.

        Raises:
            SourceUnreachable: it could not be asked.
        """

    def listing(self) -> frozenset[str] | None:
        """The names of all files; None where the source can't list them."""


class Folder:
    """A tier's files in a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str, most: int) -> bytes | None:
        """See `Source`; only plain files are opened, and never through a link."""
        path = self._path / name
        try:
            return read_plain(path, most, through_links=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceUnreachable(str(path), error.strerror or str(error)) from error

    def listing(self) -> frozenset[str] | None:
        """See `Source`; hidden files are not the tier's."""
        try:
            return frozenset(each.name for each in self._path.iterdir() if not each.name.startswith("."))
        except OSError as error:
            raise SourceUnreachable(str(self._path), error.strerror or str(error)) from error


class Web:
    """A tier's files behind a web address. Redirects are refused, for they lead elsewhere."""

    def __init__(self, client: "httpx.Client", address: str) -> None:
        self._client, self._address = client, address

    def read(self, name: str, most: int) -> bytes | None:
        """See `Source`; the whole of a file must come within a minute."""
        import httpx

        address = f"{self._address}/{name}"
        ends = time.monotonic() + LONGEST_SECONDS
        found = bytearray()
        try:
            with self._client.stream("GET", address) as answer:
                if answer.status_code in {404, 410}:
                    return None
                if answer.status_code != 200:
                    raise SourceUnreachable(address, f"the server answered {answer.status_code}")
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise SourceUnreachable(address, "the server sent it compressed, which was not asked for")
                for piece in answer.iter_raw(chunk_size=65536):
                    found += piece
                    if len(found) > most:
                        return bytes(found[: most + 1])
                    if time.monotonic() > ends:
                        raise SourceUnreachable(address, f"it took longer than {LONGEST_SECONDS:.0f} seconds")
        except httpx.HTTPError as error:
            raise SourceUnreachable(address, str(error) or type(error).__name__) from error
        return bytes(found)

    def listing(self) -> frozenset[str] | None:
        """Nothing lists a web address."""
        return None


def named_tier(name: Tier | str) -> Tier:
    """The tier of that name.

    Raises:
        TierUnknown: there is none.
    """
    try:
        return Tier(name)
    except ValueError:
        raise TierUnknown(str(name)) from None


@contextmanager
def opened(source: str | Path, tier: Tier, token: str | None) -> Iterator[Source]:
    """A tier's files below the folder or the address that a hub publishes at.

    Raises:
        SourceUnreachable: an address that is not http or https, or a token that would travel in clear.
    """
    parts = urlsplit(str(source))
    if isinstance(source, Path) or not parts.netloc:
        yield Folder(Path(source) / str(tier))
        return
    if parts.scheme not in {"http", "https"} or parts.query or parts.fragment or parts.username:
        raise SourceUnreachable(str(source), "an address begins with https:// and ends with its path")
    if token and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SourceUnreachable(str(source), "a token is only sent over https")
    import httpx

    headers = {"accept-encoding": "identity"} | ({"authorization": f"Bearer {token}"} if token else {})
    with httpx.Client(headers=headers, follow_redirects=False, timeout=20) as client:
        yield Web(client, f"{str(source).rstrip('/')}/{tier}")
