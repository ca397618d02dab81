"""Programmes: the rules under which windows are held, as data. None of them can hold a release back."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from headstart.people.rules import Kind
from headstart.reviews.errors import ProgrammeInvalid
from headstart.reviews.rules.holding import would_hold
from headstart.reviews.rules.marking import Tlp
from headstart.reviews.rules.partners import Tier

LARGEST_CHARACTERS = 16 * 1024  # a key of 32,000 parts would keep tomllib busy for half a minute
LONGEST_DAYS = 366
LONGEST_TEXT = 600  # characters of a value
MOST_ENTRIES = 40  # of a list
DEEPEST = 4  # tables and lists in each other; a programme has three
MARKED = frozenset({"model_name", "description", "planned_release_on"})
CHOOSERS = frozenset({Kind.DEVELOPER, Kind.AUTHORITY})
WEAK = "Weak: "


class TierRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which day of the window on (from 1) partners of a tier reach the model."""

    tier: Tier
    from_day: int


class Programme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules under which windows are held; one TOML file each.

    A file with any other key (an approval step, say) is refused when it is read: there is no such state.
    """

    id: str
    name: str
    longest_window_days: int
    runs_to: str
    voluntary: (
        bool  # whether the programme binds nobody to take part; the release is the developer's either way
    )
    authority: str
    may_join: tuple[str, ...]
    partners_chosen_by: tuple[str, ...]
    legal_basis: str
    status: Literal["in force", "draft", "proposal", "withdrawn", "profile"]
    zone: str  # IANA name: whose days are counted
    length_is: Literal["stated", "assumed"] = "stated"  # assumed: no public page says how long
    terms: tuple[str, ...] = ()  # what everyone agrees to by joining, a sentence each
    criteria: tuple[str, ...] = ()  # what the authority looks at, where that is public
    markings: dict[str, Tlp] = {}  # field of a review -> its label, unless the developer says otherwise
    tiers: tuple[TierRule, ...] = ()
    sources: tuple[str, ...] = ()  # where it is from; "Weak: " before what was not read in the text itself

    @property
    def weak(self) -> tuple[str, ...]:
        """What is weak about it, a sentence each."""
        said = (each.removeprefix(WEAK) for each in self.sources if each.startswith(WEAK))
        return tuple(each[:1].upper() + each[1:] for each in said)

    @property
    def firm(self) -> tuple[str, ...]:
        """The sources that are not weak."""
        return tuple(each for each in self.sources if not each.startswith(WEAK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field in which two programmes part ways; None where one of them has none."""

    field: str
    a: Any
    b: Any


def from_day(tiers: Iterable[TierRule], tier: str) -> int:
    """From which day of the window a tier reaches the model; the first where the programme says nothing of tiers."""
    return next((each.from_day for each in tiers if each.tier == tier), 1)


def read_programme(text: str, where: str) -> Programme:
    """A programme from its TOML.

    Raises:
        ProgrammeInvalid: not TOML, a key is missing, wrong or unknown, the window has no length; or something in it
            would be an approval step.
    """
    if len(text) > LARGEST_CHARACTERS:
        raise ProgrammeInvalid(where, f"larger than {LARGEST_CHARACTERS // 1024} KiB")
    try:
        read = tomllib.loads(text)
    except RecursionError:
        raise ProgrammeInvalid(where, "nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and a number that Python won't read
        raise ProgrammeInvalid(where, str(error)) from error
    for path, value in _walk(read, where):
        _look(path, value, where)
    try:
        programme = msgspec.convert(read, Programme)
    except msgspec.ValidationError as error:
        raise ProgrammeInvalid(where, str(error)) from error
    if (why := next(_wrong(programme), None)) is not None:
        raise ProgrammeInvalid(where, why)
    return programme


def _walk(value: Any, where: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with the keys that lead to it, without recursion: a bomb is not for the stack to find."""
    waiting: list[tuple[tuple[str, ...], int, Any]] = [((), 0, value)]
    while waiting:
        path, depth, held = waiting.pop()
        if depth > DEEPEST:
            raise ProgrammeInvalid(where, "nested too deep")
        if isinstance(held, dict):
            waiting.extend(((*path, key), depth + 1, each) for key, each in held.items())
        elif isinstance(held, list):
            if len(held) > MOST_ENTRIES:
                raise ProgrammeInvalid(where, f"{'.'.join(path)} has more than {MOST_ENTRIES} entries")
            waiting.extend((path, depth + 1, each) for each in held)
        yield path, held


def _look(path: tuple[str, ...], value: Any, where: str) -> None:
    if path and not _known(path) and would_hold(path[-1], as_key=True):
        raise ProgrammeInvalid(where, _no_such_state(f"the key {'.'.join(path)}"))
    if not isinstance(value, str):
        return
    if len(value) > LONGEST_TEXT:
        raise ProgrammeInvalid(where, f"{'.'.join(path)} is longer than {LONGEST_TEXT} characters")
    if not value.isprintable():
        raise ProgrammeInvalid(where, f"{'.'.join(path)} holds a character that can't be seen")
    if would_hold(value):
        raise ProgrammeInvalid(where, _no_such_state(f"{'.'.join(path)} = {value[:80]!r}"))


def _known(path: tuple[str, ...]) -> bool:
    inside = {"tiers": {"tier", "from_day"}, "markings": MARKED}.get(path[0], set())
    return path[0] in Programme.__struct_fields__ and (
        len(path) == 1 or (len(path) == 2 and path[1] in inside)
    )


def _no_such_state(what: str) -> str:
    return (
        f"{what} would be an approval step, and there is no such state: "
        "nothing in a review can approve, deny or delay a release"
    )


def _wrong(programme: Programme) -> Iterator[str]:
    """What is wrong with a programme whose keys and types are right, a line each."""
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", programme.id):
        yield "id must be 1 to 40 of a-z, 0-9 and -"
    if not 1 <= programme.longest_window_days <= LONGEST_DAYS:
        yield f"longest_window_days must be between 1 and {LONGEST_DAYS}"
    for field in ("name", "runs_to", "authority", "legal_basis"):
        if not getattr(programme, field).strip():
            yield f"{field} is empty"
    if not is_zone(programme.zone):
        yield f"zone must be a name of the time zone database, as America/New_York is; {programme.zone!r} is none"
    if unmarked := sorted(set(programme.markings) - MARKED):
        yield f"markings are for {', '.join(sorted(MARKED))}; there is no field {unmarked[0]!r}"
    yield from _wrong_about_people(programme)
    yield from _wrong_about_tiers(programme)


def _wrong_about_people(programme: Programme) -> Iterator[str]:
    kinds = {each.value for each in Kind} - {Kind.PUBLIC.value, Kind.HUB.value}
    if unknown := sorted(set(programme.may_join) - kinds):
        yield f"may_join names {unknown[0]!r}; kinds are {', '.join(sorted(kinds))}"
    if Kind.DEVELOPER not in programme.may_join:
        yield "may_join must name developer: there is no review without one"
    if unknown := sorted(set(programme.partners_chosen_by) - CHOOSERS):
        yield f"partners_chosen_by names {unknown[0]!r}; developer and authority can choose"
    if Kind.PARTNER in programme.may_join and Kind.DEVELOPER not in programme.partners_chosen_by:
        yield "partners_chosen_by must name developer: nobody else can bring a partner to its model"
    for field in ("may_join", "partners_chosen_by"):
        if len(set(getattr(programme, field))) != len(getattr(programme, field)):
            yield f"{field} names somebody twice"


def _wrong_about_tiers(programme: Programme) -> Iterator[str]:
    days = {each.tier: each.from_day for each in programme.tiers}
    if len(days) != len(programme.tiers):
        yield "tiers names a tier twice"
    if any(not 1 <= day <= programme.longest_window_days for day in days.values()):
        yield f"a tier's from_day is a day of the window, 1 to {programme.longest_window_days}"
    if days and set(days) != set(Tier):
        yield f"tiers must name every tier, or none: {', '.join(Tier)}"
    if days and days.get(Tier.CRITICAL_INFRASTRUCTURE, LONGEST_DAYS) > min(days.values()):
        yield "tiers must let defenders of critical infrastructure come first"


@lru_cache(maxsize=64)
def is_zone(name: str) -> bool:
    """Whether the time zone database has a zone of this name."""
    if not re.fullmatch(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}", name):
        return False
    try:
        ZoneInfo(name)
    except (
        ValueError,
        OSError,
        LookupError,
    ):  # a folder of zones (America) is an OSError, no zone a LookupError
        return False
    return True


def differences(a: Programme, b: Programme) -> list[Difference]:
    """Where two programmes part ways, field by field; their ids name them and are left out."""
    ours, theirs = _flat(a), _flat(b)
    fields = list(dict.fromkeys([*ours, *theirs]))
    return [
        Difference(field=each, a=ours.get(each), b=theirs.get(each))
        for each in fields
        if ours.get(each) != theirs.get(each)
    ]


def _flat(programme: Programme) -> dict[str, Any]:
    """Its fields in their order, the days of tiers and the labels of markings a field each."""
    held: Mapping[str, Any] = msgspec.to_builtins(programme)
    flat: dict[str, Any] = {}
    for field, value in held.items():
        if field == "tiers":
            flat |= {f"tiers.{each['tier']}": each["from_day"] for each in value}
        elif field == "markings":
            flat |= {f"markings.{name}": label for name, label in value.items()}
        elif field != "id":
            flat[field] = value
    return flat
