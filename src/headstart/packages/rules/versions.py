"""The order of versions, as bytes: `key(a) < key(b)` exactly where the ecosystem says that a is older.

One function for each ecosystem in a plain dict. A key is a whole number of fields, each prefix-free, so that
nothing sorts between a key and that key followed by a zero byte: half-open intervals of bytes can say "after".
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from packaging.version import VERSION_PATTERN

LONGEST = 512  # characters: no ecosystem orders anything near as long, and integers stay small

_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_PEP440 = re.compile(rf"\s*{VERSION_PATTERN}\s*", re.VERBOSE | re.IGNORECASE | re.ASCII)
_SEMVER = re.compile(r"\s*[v=]*\s*([0-9]+(?:\.[0-9]+)*)(?:-?([0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.-]*)?\s*")
_LEGACY_PART = re.compile(r"([0-9]+|[a-z]+|\.|-)")
_LEGACY_WORD = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}
_PRE_RELEASE = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}
_END = b"\x00"


def key(ecosystem: str, version: str) -> bytes | None:
    """The order-preserving key of a version; None where its ecosystem can't order it.

    `ecosystem` is OSV's name (`PyPI`); versions that are the same to it (1.0 and 1.0.0) have the same key.
    """
    find = KEYS.get(ecosystem)
    return _cached(find, version) if find is not None and len(version) <= LONGEST else None


def order(ecosystem: str, versions: Iterable[str]) -> list[str]:
    """The versions, oldest first; those that can't be ordered stand at the end, by their spelling."""
    keys = [(key(ecosystem, each), each) for each in versions]
    known = sorted((found, each) for found, each in keys if found is not None)
    return [each for _, each in known] + sorted(each for found, each in keys if found is None)


@lru_cache(maxsize=1 << 16)
def _cached(find: Callable[[str], bytes | None], version: str) -> bytes | None:
    return find(version)


def number(value: int) -> bytes:
    """A natural number as bytes that sort like it and are no other's prefix (SQLite4's varint, without end)."""
    if value <= 240:
        return bytes((value,))
    if value <= 2287:
        high, low = divmod(value - 240, 256)
        return bytes((241 + high, low))
    if value <= 67823:
        return b"\xf9" + (value - 2288).to_bytes(2, "big")
    size = (value.bit_length() + 7) // 8
    if size <= 7:
        return bytes((247 + size,)) + value.to_bytes(size, "big")
    return b"\xff" + size.to_bytes(2, "big") + value.to_bytes(size, "big")


@lru_cache(maxsize=1 << 13)
def _segment(digits: str) -> bytes:
    """One number of a dotted release, one more than it says: zero is left for the end."""
    return number(int(digits) + 1)


_ZERO = number(1)


def _numbers(dotted: str, *, least: int = 1) -> bytes:
    """A release's numbers, without zeros at its end beyond the first `least`."""
    parts = [_segment(each) for each in dotted.split(".")]
    parts += [_ZERO] * (least - len(parts))
    while len(parts) > least and parts[-1] == _ZERO:
        parts.pop()
    return b"".join(parts) + _END


def pep440(version: str) -> bytes | None:
    """PyPI: PEP 440; what it does not take (`0.7.11p1`) sorts before all that it takes, as setuptools had it."""
    if _PLAIN.fullmatch(version):
        return b"\x01\x00" + _numbers(version) + b"\x04\x00\x01\x00"
    found = _PEP440.fullmatch(version)
    if found is None:
        return _legacy(version)
    pre = found["pre_l"]
    post = found["post"] is not None
    dev = found["dev"] is not None
    parts = [b"\x01", number(int(found["epoch"] or 0)), _numbers(found["release"])]
    if pre is not None:
        parts += [number(_PRE_RELEASE[pre.lower()]), number(int(found["pre_n"] or 0))]
    else:  # 1.0.dev1 comes before 1.0a1, and 1.0 after every pre-release
        parts.append(b"\x00" if dev and not post else b"\x04")
    parts.append(b"\x01" + number(int(found["post_n1"] or found["post_n2"] or 0)) if post else b"\x00")
    parts.append(b"\x00" + number(int(found["dev_n"] or 0)) if dev else b"\x01")
    parts.append(_local(found["local"]))
    return b"".join(parts)


def _local(local: str | None) -> bytes:
    """The local part (PEP 440 "Local version identifiers"): none < words < numbers, one segment at a time."""
    if local is None:
        return _END
    segments = re.split(r"[._-]", local.lower())
    return b"\x01" + b"".join(_word_or_number(each) for each in segments) + _END


def _word_or_number(segment: str) -> bytes:
    return b"\x02" + number(int(segment)) if segment.isdigit() else b"\x01" + segment.encode() + _END


def _legacy(version: str) -> bytes | None:
    """How setuptools ordered what PEP 440 does not take: words, numbers of eight digits, `final` last."""
    if not version.isprintable() or not version.strip():
        return None
    parts: list[str] = []
    for word in (*_legacy_words(version.lower()), "*final"):
        if word.startswith("*"):
            if word < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(word)
    try:
        return b"\x00" + b"".join(each.encode() + _END for each in parts) + _END
    except UnicodeEncodeError:
        return None


def _legacy_words(version: str) -> Iterable[str]:
    for part in _LEGACY_PART.split(version):
        word = _LEGACY_WORD.get(part, part)
        if not word or word == ".":
            continue
        yield word.zfill(8) if word[:1] in "0123456789" else "*" + word


def semver(version: str) -> bytes | None:
    """npm and dotted versions: SemVer 2.0.0 clause 11; a `v` in front and numbers that are missing are forgiven."""
    if _PLAIN.fullmatch(version):
        return _numbers(version, least=3) + b"\x01"
    found = _SEMVER.fullmatch(version)
    if found is None:
        return None
    if not found[2]:
        return _numbers(found[1], least=3) + b"\x01"
    return _numbers(found[1], least=3) + _END + _identifiers(found[2])


def _identifiers(pre_release: str) -> bytes:
    """SemVer 11.4: numbers before words, fewer identifiers before more."""
    parts = pre_release.split(".")
    return (
        b"".join(b"\x01" + number(int(p)) if p.isdigit() else b"\x02" + p.encode() + _END for p in parts)
        + _END
    )


KEYS: dict[str, Callable[[str], bytes | None]] = {"PyPI": pep440, "npm": semver, "generic": semver}
"""Each ecosystem's order; an ecosystem that is absent can't be ordered yet, and its versions stay unknown."""
