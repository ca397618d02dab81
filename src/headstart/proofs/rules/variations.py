"""Variations of a trigger, to see whether a fix stops the flaw or only the one input.

Nothing is invented: parts of the trigger are repeated, moved, nested deeper, spelt or encoded otherwise, and the
fields that the control has not are put in the place of the control's own fields, one after the other. The same
trigger, control and seed give the same variations in the same order.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice, pairwise

from headstart.proofs.rules.formats import format_of, outline
from headstart.proofs.rules.outlines import Format, Outline
from headstart.proofs.rules.spans import characters, fields, lines

MOST = 400
LARGEST = 256 << 10
FLAWED = 4  # fields of the trigger that are carried elsewhere
_PLACEHOLDER = re.compile(rb"\{[A-Za-z_]{3,24}\}")
_NUMBER = re.compile(rb"\d{1,20}")
_REPEATED = re.compile(rb"(.{1,8}?)\1{3,}+", re.DOTALL)
EDGES = (0, 1, 127, 128, 255, 256, 32767, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**64)
OTHERWISE = (
    (b"/", b"\\"), (b"/", b"//"), (b"/", b"/./"), (b"../", b"..\\"), (b"../", b"....//"), (b"..", b"%2e%2e"),
    (b"/", b"%2f"), (b"\n", b"\r\n"), (b"\r\n", b"\n"), (b",", b";"), (b" ", b"\t"), (b" ", b"  "), (b"=", b" = "),
    (b":", b" :"), (b'"', b"'"), (b"'", b'"'), (b".", b"\\."), (b";", b"\n"), (b"__", b"_\\u005f"), (b"-", b"_"),
    (b"<", b"&lt;"), (b"&", b"&amp;"), (b".", b"["),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One input near to a trigger."""

    data: bytes
    how: str  # what was done, in a few words

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


def variations(trigger: bytes, control: bytes, seed: str, *, bounded: bool = False) -> Iterator[Variation]:
    """Inputs near to a trigger, none twice, neither the trigger nor the control; taken from each family in turn.

    `bounded`: none is longer than the trigger, and no number is larger than its largest; for a flaw in how much
    is used, where more input may rightly use more.
    """
    largest = max((int(each) for each in _NUMBER.findall(trigger)), default=0)
    known = {trigger, control, b""}
    made = _in_turn([each(trigger, control, seed) for each in FAMILIES])
    kept = 0
    for each in islice(made, 20 * MOST):
        if each.data in known or len(each.data) > LARGEST:
            continue
        known.add(each.data)
        if bounded and (len(each.data) > len(trigger) or _largest(each.data) > largest):
            continue
        yield each
        kept += 1
        if kept == MOST:
            return


def _largest(data: bytes) -> int:
    return max((int(each) for each in _NUMBER.findall(data)), default=0)


def _in_turn(families: Sequence[Iterator[Variation]]) -> Iterator[Variation]:
    going = list(families)
    while going:
        for each in tuple(going):
            found = next(each, None)
            if found is None:
                going.remove(each)
            else:
                yield found


def _numbers(seed: str) -> Iterator[int]:
    return (int.from_bytes(hashlib.sha256(f"{seed} {n}".encode()).digest()[:8]) for n in count())


def elsewhere(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """The shape of the flaw tried elsewhere: the fields that the control has not, in the place of its others."""
    del seed
    kind = format_of(trigger)
    flawed = _flawed(kind, trigger, control)
    for source, name in ((control, "the control"), (trigger, "the trigger")):
        if format_of(source) is not kind and kind is not Format.TEXT:
            continue
        for start, end in fields(kind, source)[:64]:
            for field in flawed:
                yield Variation(
                    data=source[:start] + field + source[end:],
                    how=f"the flaw's field at byte {start} of {name}",
                )
    for line in _flawed_lines(trigger, control):
        for start, _ in lines(control)[:32]:
            yield Variation(
                data=control[:start] + line + control[start:],
                how=f"the flaw's line at byte {start} of the control",
            )


def _flawed(kind: Format, trigger: bytes, control: bytes) -> list[bytes]:
    """The fields of the trigger that the control has nowhere, the longest first."""
    theirs = {control[start:end] for start, end in fields(kind, control)}
    ours = {trigger[start:end] for start, end in fields(kind, trigger)} - theirs
    return sorted(ours, key=lambda each: (-len(each), each))[:FLAWED]


def _flawed_lines(trigger: bytes, control: bytes) -> list[bytes]:
    theirs = {control[start:end] for start, end in lines(control)}
    ours = dict.fromkeys(trigger[start:end] for start, end in lines(trigger)[:256])
    found = [each for each in ours if each not in theirs and each.strip()]
    return [each if each.endswith(b"\n") else each + b"\n" for each in found][:FLAWED]


def repeated(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """What is repeated, oftener and less often; the whole twice."""
    del control, seed
    found = list(islice(_REPEATED.finditer(trigger), 8))
    for change, said in ((2.0, "twice as often"), (0.5, "half as often"), (4.0, "four times as often")):
        for run in found:
            times = len(run[0]) // len(run[1])
            middle = run[1] * int(times * change)
            yield _at(trigger, run.span(), middle, f"what is repeated at byte {run.start()}, {said}")
    for run in found:
        for more in (1, -1):
            middle = run[1] * (len(run[0]) // len(run[1]) + more)
            yield _at(
                trigger, run.span(), middle, f"one {'more' if more > 0 else 'less'} at byte {run.start()}"
            )
    yield Variation(data=trigger + trigger, how="the whole twice")
    yield Variation(data=trigger + b"\n" + trigger, how="the whole twice, on lines of their own")
    half = len(trigger) // 2
    yield Variation(data=trigger[:half] + trigger[half:] * 2, how="its second half twice")


def units(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """Parts of the format: each twice, each gone, neighbours changed about, nested deeper, less deep."""
    del control, seed
    found = outline(trigger)
    items = [at for at, unit in enumerate(found.units) if unit.item][:48]
    yield from _deeper(found)
    for at in items:
        unit, text = found.units[at], found.text(at)
        between = b", " if unit.joined and found.format is Format.JSON else b"," if unit.joined else b""
        if found.format is Format.CSV:
            between = b"\n" if unit.parent < 0 else b","
        where = f"the part at byte {unit.start}"
        yield _at(trigger, (unit.end, unit.end), between + text, f"{where} twice")
        yield Variation(data=found.without({at}), how=f"without {where}")
    for at, after in pairwise(items):
        one, other = found.units[at], found.units[after]
        if one.parent == other.parent and one.end <= other.start:
            middle = found.text(after) + trigger[one.end : other.start] + found.text(at)
            yield _at(trigger, (one.start, other.end), middle, f"two parts changed about at byte {one.start}")


def _deeper(found: Outline) -> Iterator[Variation]:
    chain = found.chain()
    for times in (1, 8, 64):
        for outer, inner in list(pairwise(chain))[:4]:
            opens = found.data[outer.start : inner.start] * times
            closes = found.data[inner.end : outer.end] * times
            middle = opens + found.data[outer.start : outer.end] + closes
            yield _at(found.data, (outer.start, outer.end), middle, f"nested {times} deeper")
    if len(chain) > 2:
        middle = found.data[chain[1].start : chain[1].end]
        yield _at(found.data, (chain[0].start, chain[0].end), middle, "nested less deep")


def spelt(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """Other separators, other case, other line ends, white space around: placeholders in braces stay."""
    del control, seed
    for old, new in OTHERWISE:
        yield Variation(data=_replaced(trigger, old, new), how=f"{new.decode()!r} for {old.decode()!r}")
    for change, said in ((bytes.upper, "upper"), (bytes.lower, "lower"), (bytes.swapcase, "the other")):
        yield Variation(data=_outside(trigger, change), how=f"in {said} case")
    for around in (b" ", b"\n", b"\t", b"\x00", b"/", b"./"):
        yield Variation(data=around + trigger, how=f"after {around.decode()!r}")
        yield Variation(data=trigger.rstrip(b"\r\n") + around, how=f"before {around.decode()!r}")
    yield Variation(data=trigger.rstrip(), how="without white space at its end")


def encoded(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """The same in other encodings: all of it, or a single character."""
    del control
    yield Variation(data=b"\xef\xbb\xbf" + trigger, how="after a byte order mark")
    spans = characters(Format.TEXT, trigger[:LARGEST])
    if format_of(trigger) is Format.BYTES or not spans:
        return
    yield Variation(data=_outside(trigger, _percent), how="percent-encoded")
    numbers = _numbers(f"{seed} encoded")
    for _ in range(24):
        start, end = spans[next(numbers) % len(spans)]
        text = trigger[start:end].decode()
        ways = (b"%%%02x" % trigger[start], b"%%25%02x" % trigger[start], b"\\u%04x" % min(ord(text), 0xFFFF),
                b"&#%d;" % ord(text), b"\\x%02x" % trigger[start])  # fmt: skip
        yield _at(
            trigger, (start, end), ways[next(numbers) % len(ways)], f"one character encoded at byte {start}"
        )


def _percent(data: bytes) -> bytes:
    return b"".join(bytes([each]) if bytes([each]).isalnum() else b"%%%02X" % each for each in data)


def numbered(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """Each number a little more, a little less, and at the edges of what fits."""
    del control, seed
    found = list(islice(_NUMBER.finditer(trigger), 12))
    nears: tuple[Callable[[int], int], ...] = (
        lambda n: n + 1, lambda n: n - 1, lambda n: -n, lambda n: 2 * n, lambda n: n // 2, lambda n: 10 * n,
    )  # fmt: skip
    changes = [*nears, *((lambda _, edge=edge: edge) for edge in EDGES)]
    for change in changes:
        for each in found:
            value = change(int(each[0]))
            yield _at(
                trigger, each.span(), b"%d" % value, f"{value} for {each[0].decode()} at byte {each.start()}"
            )


def flipped(trigger: bytes, control: bytes, seed: str) -> Iterator[Variation]:
    """One byte or a few dropped, doubled, or taken from another place."""
    del control
    numbers = _numbers(seed)
    for _ in range(MOST if trigger else 0):
        at, other, length = (next(numbers) % len(trigger) for _ in range(3))
        length = 1 + length % 4
        match next(numbers) % 3:
            case 0:
                yield _at(trigger, (at, at + length), b"", f"{length} dropped at byte {at}")
            case 1:
                yield _at(trigger, (at, at), trigger[at : at + length], f"{length} doubled at byte {at}")
            case _:
                yield _at(
                    trigger, (at, at + length), trigger[other : other + length], f"byte {at} from {other}"
                )


def _at(data: bytes, span: tuple[int, int], middle: bytes, how: str) -> Variation:
    return Variation(data=data[: span[0]] + middle[: LARGEST + 1] + data[span[1] :], how=how)


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    return _outside(data, lambda each: each.replace(old, new))


def _outside(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change all but the placeholders, which the harness fills in."""
    parts, at = [], 0
    for each in _PLACEHOLDER.finditer(data):
        parts += [change(data[at : each.start()]), each[0]]
        at = each.end()
    return b"".join((*parts, change(data[at:])))


FAMILIES = (elsewhere, repeated, units, spelt, numbered, encoded, flipped)
