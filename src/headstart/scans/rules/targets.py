"""What a model is pointed at: a release, the callable that takes its input, and what it may do by its documentation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headstart.packages.errors import PurlInvalid
from headstart.packages.rules.purl import Purl, parse
from headstart.scans.errors import ScanTargetInvalid

_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_ENTRY = re.compile(rf"({_DOTTED}):({_DOTTED})")
_FIELDS = frozenset({"package", "entry", "argument", "exceptions", "max_length", "seconds", "boundary", "weaknesses",
                     "seeds", "tokens", "offline", "known"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTarget:
    """A callable of a release, and what is ordinary for it."""

    purl: Purl
    entry: str  # module:callable, called with one argument
    argument: str  # "str" or "bytes"
    exceptions: tuple[str, ...]  # what it may raise, by its documentation
    max_length: int  # characters of one argument
    seconds: float  # CPU time that an argument of that length may take
    boundary: str  # the trust boundary that its input crosses
    weaknesses: tuple[str, ...]
    seeds: tuple[str, ...]
    tokens: tuple[str, ...]
    offline: bool = False  # its source comes with Headstart: for machines without a network

    @property
    def module(self) -> str:
        """The module of the callable."""
        return self.entry.partition(":")[0]

    @property
    def callable(self) -> str:
        """Its name in the module."""
        return self.entry.partition(":")[2]


def read_targets(document: Mapping[str, Any], where: str) -> tuple[ScanTarget, ...]:
    """The `[[target]]` tables of a document; `[target.known]` is for comparing, and no part of the task.

    Raises:
        ScanTargetInvalid: a table breaks a rule; the line names it.
    """
    tables = document.get("target")
    if not isinstance(tables, list) or not tables:
        raise ScanTargetInvalid(where, "it holds no [[target]]")
    return tuple(_target(table, f"{where}, target {n}") for n, table in enumerate(tables, start=1))


def _target(table: Any, where: str) -> ScanTarget:
    if not isinstance(table, dict):
        raise ScanTargetInvalid(where, "it is no table")
    if unknown := sorted(set(table) - _FIELDS):
        raise ScanTargetInvalid(where, f"there is no field {unknown[0]}")
    try:
        purl = parse(_text(table, "package", where))
    except PurlInvalid as error:
        raise ScanTargetInvalid(where, str(error)) from error
    entry, argument = _text(table, "entry", where), _text(table, "argument", where, "str")
    if purl.version is None or not _ENTRY.fullmatch(entry) or argument not in ("str", "bytes"):
        raise ScanTargetInvalid(
            where, "it needs a version, an entry module:callable, an argument str or bytes"
        )
    exceptions = _texts(table, "exceptions", where)
    if wrong := [each for each in exceptions if not re.fullmatch(_DOTTED, each)]:
        raise ScanTargetInvalid(where, f"{wrong[0]!r} is no exception's name")
    seeds = _texts(table, "seeds", where)
    if not seeds:
        raise ScanTargetInvalid(where, "it needs a seed: an ordinary argument")
    return ScanTarget(
        purl=purl,
        entry=entry,
        argument=argument,
        exceptions=exceptions,
        max_length=int(_number(table, "max_length", where, 10_000)),
        seconds=_number(table, "seconds", where, 5),
        boundary=_text(table, "boundary", where),
        weaknesses=_texts(table, "weaknesses", where),
        seeds=seeds,
        tokens=_texts(table, "tokens", where),
        offline=table.get("offline") is True,
    )


def _text(table: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise ScanTargetInvalid(where, f"{name} must be a text")
    return value


def _texts(table: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ScanTargetInvalid(where, f"{name} must be a list of texts")
    return tuple(value)


def _number(table: Mapping[str, Any], name: str, where: str, default: float) -> float:
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1_000_000:
        raise ScanTargetInvalid(where, f"{name} must be a number above 0")
    return float(value)
