"""Where a developer's endpoint may be: on the public internet by HTTPS, or where this instance was told to look.

The hub sends requests to an address that somebody else typed in. So that nobody reaches the hub's own network by it,
the address is checked when it is written down, and what its name resolves to at every connection.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

LONGEST = 500
OWN_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp")
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside
SIX_TO_FOUR = ip_network("2002::/16")  # RFC 3056: an IPv4 address inside
TEREDO = ip_network("2001::/32")  # RFC 4380
GLOBAL_UNICAST = ip_network("2000::/3")  # RFC 4291 2.4: nothing else of IPv6 is on the internet
COMPATIBLE = ip_network("::/96")  # RFC 4291 2.5.5.1: an IPv4 address inside, long out of use


def allowed_address(ip: str) -> bool:
    """Whether a connection may go to this IP address: public, in every form that an address can hide in another."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return _is_public(inner)
        if address in TEREDO or address not in GLOBAL_UNICAST:
            return False
    return _is_public(address)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in SIX_TO_FOUR:
        return address.sixtofour
    if address in NAT64 or address in COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def is_named(base_url: str, named: Sequence[str]) -> bool:
    """Whether whoever keeps the machine named this address (HEADSTART_UPSTREAMS), wherever it is.

    `named` are addresses up to a host, a port or a folder: `http://127.0.0.1` names every port there,
    `http://127.0.0.1:9000/models` that folder on one.
    """
    asked = _split(base_url)
    return asked is not None and any(_begins(asked, each) for each in named)


def _begins(asked: SplitResult, prefix: str) -> bool:
    named = _split(prefix.rstrip("/").removesuffix(":"))
    if named is None or (asked.scheme, asked.hostname) != (named.scheme, named.hostname):
        return False
    if named.port is not None and asked.port != named.port:
        return False
    folder = named.path.rstrip("/")
    return asked.path == folder or asked.path.startswith(f"{folder}/")


def why_not(base_url: str, named: Sequence[str]) -> str:
    """Why an endpoint can't be at this address, in words that end a sentence; empty where it can."""
    parts = _split(base_url)
    if parts is None or len(base_url) > LONGEST:
        return "is not an address such as https://models.example.org/v1"
    wrong = _besides(parts, base_url)
    if wrong or is_named(base_url, named):
        return wrong
    if parts.scheme != "https":
        return "does not begin with https://"
    return "" if _may_be_public(parts.hostname or "") else "is not on the public internet"


def _besides(parts: SplitResult, url: str) -> str:
    """What an address holds that is none of an address."""
    if "@" in parts.netloc:
        return "holds a name or a password; the secret has a field of its own"
    if "?" in url or "#" in url:
        return "ends in a query or a fragment; name the address alone"
    if {".", ".."} & set(parts.path.split("/")) or "%2e" in url.lower():
        return "goes up a folder; write it out"
    return ""


def _may_be_public(host: str) -> bool:
    """Whether a name or a literal can be public; what a name resolves to is checked at every connection."""
    try:
        ip_address(host)
    except ValueError:
        plain = host.rstrip(".")
        last = plain.rsplit(".", 1)[-1]
        return "." in plain and not plain.endswith(OWN_ENDINGS) and not last.isdigit() and last[:2] != "0x"
    return allowed_address(host)


def _split(url: str) -> SplitResult | None:
    """The parts of an HTTP address of plain printable ASCII, without a backslash; None: it is none."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        return parts if whole and "%" not in parts.netloc else None
    except ValueError:
        return None
