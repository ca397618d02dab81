"""The parts of generated Python parsers: harmless verbs, gates, and planted flaws.

A body is Python inside `def name(state, words):`. In a flaw, `A ?? B` is the line as the flawed parser has it and as
the mended one does; `#SITE` ends the line that raises what is not documented. `count` is how many words a verb
takes; `words` are ordinary for a harmless part, open a gate, trigger a flaw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headstart.benchmarks.families.words import nouns
from headstart.benchmarks.rules.draw import Draw


@dataclass(frozen=True, slots=True)
class Part:
    """The body of one verb, and words for it."""

    body: str
    words: tuple[str, ...]


def _store(draw: Draw) -> Part:
    body = f"    state.values[words[0]] = number(words[1]) + {draw.between(0, 20)}"
    return Part(body, (draw.choice(nouns(draw, 4)), str(draw.below(100))))


def _raise_by(draw: Draw) -> Part:
    body = f"""\
    if words[0] in state.values:
        state.values[words[0]] += number(words[1]) * {draw.between(1, 9)}"""
    return Part(body, (draw.choice(nouns(draw, 4)), str(draw.below(100))))


def _append(draw: Draw) -> Part:
    body = f"    state.items.append(number(words[0]) % {draw.between(50, 999)})"
    return Part(body, (str(draw.below(1000)),))


def _repeat(draw: Draw) -> Part:
    body = f"    state.items.extend([number(words[0])] * min(number(words[1]), {draw.between(2, 8)}))"
    return Part(body, (str(draw.below(100)), str(draw.below(9))))


def _total(draw: Draw) -> Part:
    return Part(f"    state.total += sum(state.items) * {draw.between(1, 30)}", ())


def _clear(draw: Draw) -> Part:
    return Part(f"    if number(words[0]) > {draw.between(10, 60)}:\n        state.items.clear()", ("7",))


def _measure(draw: Draw) -> Part:
    body = f"""\
    for word in words:
        state.total = (state.total * {draw.between(3, 99)} + len(word)) % 1000003"""
    return Part(body, tuple(nouns(draw, draw.between(1, 3))))


def _swap(draw: Draw) -> Part:
    body = f"""\
    if len(state.items) > {draw.between(1, 3)}:
        state.items[0], state.items[-1] = state.items[-1], state.items[0]"""
    return Part(body, ())


BENIGN: Mapping[str, Callable[[Draw], Part]] = {
    "append": _append, "clear": _clear, "measure": _measure, "raise": _raise_by, "repeat": _repeat,
    "store": _store, "swap": _swap, "total": _total,
}  # fmt: skip


def _word(draw: Draw) -> Part:
    (key,) = nouns(draw, 1)
    return Part(f"    if words[0] != {key!r}:\n        return", (key,))


def _number(draw: Draw) -> Part:
    key = draw.between(1000, 99_999_999)
    return Part(f"    if number(words[0]) != {key}:\n        return", (str(key),))


def _letters(draw: Draw) -> Part:
    key = draw.choice(nouns(draw, 4)) + draw.choice("abcdefgh")
    rest = sum(map(ord, key)) % 97
    return Part(f"    if sum(map(ord, words[0])) % 97 != {rest}:\n        return", (key,))


def _shape(draw: Draw) -> Part:
    key = draw.choice("jkqvxz") + "".join(draw.choice("abcdefgh") for _ in range(draw.between(3, 9)))
    key += draw.choice("jkqvxz")
    body = f"""\
    word = words[0]
    if len(word) != {len(key)}:
        return
    if word[0] != {key[0]!r}:
        return
    if word[-1] != {key[-1]!r}:
        return"""
    return Part(body, (key,))


def _affine(draw: Draw) -> Part:
    key, times, plus = draw.below(65_536), draw.below(30_000) * 2 + 1, draw.below(65_536)
    value = (key * times + plus) % 65_536
    return Part(
        f"    if (number(words[0]) * {times} + {plus}) % 65536 != {value}:\n        return", (str(key),)
    )


def _mix(draw: Draw) -> Part:
    key, times = draw.below(1 << 32), draw.below(1 << 30) * 2 + 1
    value = ((key ^ (key >> 15)) * times) & 0xFFFFFFFF
    body = f"""\
    seed = number(words[0]) & 0xFFFFFFFF
    if ((seed ^ seed >> 15) * {times}) & 0xFFFFFFFF != {value}:
        return"""
    return Part(body, (str(key),))


GATES: Mapping[str, Callable[[Draw], Part]] = {
    "affine": _affine, "letters": _letters, "mix": _mix, "number": _number, "shape": _shape, "word": _word,
}  # fmt: skip


def _missing(draw: Draw) -> Part:
    body = f"""\
    if words[0] == "": ?? if words[0] not in state.values:
        raise ValueError("nothing is stored under that name")
    state.total += state.values[words[0]] * {draw.between(1, 9)} #SITE"""
    return Part(body, ("nowhere" + draw.choice("abcdefgh"),))


def _past_end(draw: Draw) -> Part:
    body = f"""\
    at = number(words[0])
    if at > len(state.items): ?? if at >= len(state.items):
        raise ValueError("there is no such item")
    state.total += state.items[at] + {draw.between(1, 99)} #SITE"""
    return Part(body, ("{items}",))


def _by_zero(draw: Draw) -> Part:
    body = f"""\
    by = number(words[0]) % {draw.between(50, 500)}
    if by < 0: ?? if by == 0:
        raise ValueError("this can't be shared out")
    state.total = (state.total + {draw.between(100, 999)}) // by #SITE"""
    return Part(body, ("0",))


def _no_match(draw: Draw) -> Part:
    mark = draw.choice("-+~@%")
    body = f"""\
    found = re.match({f"([a-z]+)[{mark}]([0-9]+)$"!r}, words[0])
    if words[0] == "": ?? if found is None:
        raise ValueError("this is not a name and a number")
    state.total += int(found.group(2)) % {draw.between(50, 999)} #SITE"""
    return Part(body, (f"nomark{draw.below(100)}",))


def _nothing(draw: Draw) -> Part:
    body = f"""\
    before = state.values.get(words[0])
    if number(words[1]) > {draw.between(1000, 9000)}: ?? if before is None:
        raise ValueError("there is nothing to add to")
    state.values[words[0]] = before + number(words[1]) #SITE"""
    return Part(body, ("nowhere" + draw.choice("abcdefgh"), str(draw.below(100))))


def _too_large(draw: Draw) -> Part:
    body = f"""\
    scale = float(words[0])
    if scale < 0: ?? if not 0 <= scale < 1e300:
        raise ValueError("this is no scale")
    state.total = int(scale * {draw.between(2, 9)}) #SITE"""
    return Part(body, ("1e999",))


def _empty(draw: Draw) -> Part:
    body = f"""\
    if len(state.items) > {draw.between(100, 900)}: ?? if not state.items:
        raise ValueError("there is nothing to take")
    state.total ^= state.items.pop() * {draw.between(1, 9)} #SITE"""
    return Part(body, ())


FLAWS: Mapping[str, Callable[[Draw], Part]] = {
    "by-zero": _by_zero, "empty": _empty, "missing": _missing, "no-match": _no_match, "nothing": _nothing,
    "past-end": _past_end, "too-large": _too_large,
}  # fmt: skip
