"""What a generated binary checks: a key alone, or a serial that belongs to a name. With the model of it in Python."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from headstart.benchmarks.families.binary_stages import Digits, Key
from headstart.benchmarks.families.word_ops import (
    ALONE,
    BYTES_READ,
    COUNTER,
    HELPERS,
    IN_BYTES,
    READS,
    Step,
    lines,
    step,
    tables,
)
from headstart.benchmarks.rules.draw import Draw

KEY_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
ALPHABETS = ("0123456789abcdef", "0123456789ABCDEF", "0123456789ABCDEFGHJKLMNPQRSTUVWX")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check, whichever it is: `key` alone, or the rest."""

    bits: int
    digits: Digits
    tables: dict[str, list[int]]
    start: tuple[int, int] = (0, 0)
    body: tuple[Step, ...] = ()  # for each character of the name
    last: tuple[Step, ...] = ()  # once after them
    work: tuple[Step, ...] = ()  # on the serial's words, in rounds
    rounds: int = 0
    key: Key | None = None
    model: str  # Python: accepts(name, serial), serial(name)

    @property
    def shape(self) -> str:
        """The kinds of steps and what else was drawn, without numbers."""
        kinds = [
            " ".join(f"{each.kind}{each.to}{each.of}" for each in part)
            for part in (self.body, self.last, self.work)
        ]
        if self.key is not None:
            forward = self.key.order == tuple(range(len(self.key.order)))
            flags = f"{self.key.early:d}{self.key.unrolled:d}{forward:d}{self.digits.length}"
            kinds = [" ".join(each.kind for each in self.key.body + self.key.carry), flags]
        return (
            f"{self.bits} {self.digits.words} {len(self.digits.alphabet)} {self.rounds} {' / '.join(kinds)}"
        )


MAIN = """

if __name__ == "__main__":
    for line in sys.stdin:
        print(serial(line.strip()))
"""


def key_check(draw: Draw, level: int) -> Check:
    """A key alone: one step for each character, or several that carry over."""
    size = draw.between(8, 14)
    secret = "".join(draw.choice(KEY_DIGITS) for _ in range(size))
    body, carry = _key_steps(draw, level)
    stride = draw.choice([n for n in (1, 3, 5, 7, 11) if size % n or n == 1])
    order = [n * stride % size for n in range(size)]
    if draw.below(3) == 0:
        order.reverse()
    start = draw.below(256)
    text = f"import sys\n\nB, M = 8, 255\nKEY = {secret!r}\n\n\n{HELPERS}\n\n"
    text += f"def passed(key):\n    w = [0, {start}, 0, 0, 0]\n    for place in {order}:\n"
    text += f"        w[0] = w[2] = ord(key[place]) & 255\n        w[4] = place\n{lines(body, 8)}\n"
    text += f"        yield w[0]\n{lines(carry, 8)}\n"
    scope: dict[str, Any] = {}
    exec(text, scope)  # noqa: S102 - text of this module's own
    came = list(scope["passed"](secret))
    wanted = tuple(came[order.index(place)] for place in range(size))
    text += f"\n\ndef accepts(_, key):\n    return len(key) == {size} and list(passed(key)) == {came}\n"
    text += "\n\ndef serial(_):\n    return KEY\n"
    key = Key(
        order=tuple(order),
        start=start,
        body=tuple(body),
        carry=tuple(carry),
        wanted=wanted,
        early=draw.below(4 - level) != 0,
        unrolled=draw.below(2) == 0,
    )
    digits = Digits(alphabet=KEY_DIGITS, each=size, words=1, little=False, dash="")
    return Check(bits=8, digits=digits, tables={}, key=key, model=text + MAIN)


def _key_steps(draw: Draw, level: int) -> tuple[list[Step], list[Step]]:
    if level == 0:
        kind = draw.choice((*IN_BYTES, *BYTES_READ))
        return [step(draw, kind, 0, COUNTER, 8)], []
    kinds = _kinds(draw, draw.between(2, 3), IN_BYTES)
    kinds.insert(draw.below(len(kinds) + 1), draw.choice(BYTES_READ))
    body = [step(draw, kind, 0, 1, 8) for kind in kinds]
    body.append(step(draw, draw.choice(BYTES_READ), 0, COUNTER, 8))
    carry = [step(draw, draw.choice(BYTES_READ), 1, 2, 8), step(draw, draw.choice(IN_BYTES), 1, 0, 8)]
    return body, carry


def _kinds(draw: Draw, count: int, among: Sequence[str]) -> list[str]:
    """Kinds, none twice in a row."""
    made: list[str] = []
    while len(made) < count:
        kind = draw.choice(among)
        if not made or made[-1] != kind:
            made.append(kind)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """How much of each part a level has."""

    bits: tuple[int, ...]
    words: int
    body: tuple[int, int]
    last: tuple[int, int]
    work: tuple[int, int]
    rounds: tuple[int, int]
    keyed: bool = False  # the work on the serial takes the name in


SIZES = {
    2: _Size(bits=(32,), words=1, body=(2, 4), last=(1, 2), work=(0, 0), rounds=(0, 0)),
    3: _Size(bits=(32, 64), words=1, body=(3, 5), last=(2, 3), work=(3, 5), rounds=(1, 1)),
    4: _Size(bits=(32, 64), words=2, body=(4, 6), last=(3, 4), work=(4, 7), rounds=(3, 9)),
    5: _Size(bits=(32, 64), words=2, body=(4, 6), last=(3, 4), work=(5, 8), rounds=(4, 11)),
    6: _Size(bits=(32, 64), words=2, body=(5, 7), last=(4, 5), work=(8, 11), rounds=(6, 14), keyed=True),
}


def serial_check(draw: Draw, level: int) -> Check:
    """A serial that belongs to a name."""
    size = SIZES[level]
    bits = draw.choice(size.bits)
    body = _mixing(draw, bits, draw.between(*size.body))
    last = [
        _crossing(draw, bits, 0),
        *_any(draw, bits, draw.between(*size.last), (0, 1), (2,)),
        _crossing(draw, bits, 1),
    ]
    last.append(_crossing(draw, bits, 0))
    work = _work(draw, bits, size)
    rounds = draw.between(*size.rounds)
    used = {each.kind for each in (*body, *last, *work)}
    held = tables(draw, bits, used)
    alphabet = draw.choice(ALPHABETS)
    each = -(-bits // (len(alphabet).bit_length() - 1))
    digits = Digits(
        alphabet="".join(draw.shuffled(alphabet)) if level >= 4 else alphabet,
        each=each,
        words=size.words,
        little=level > 2 and draw.below(2) == 0,
        dash="-" if draw.below(2) else "",
    )
    start = (draw.below(1 << min(bits, 63)), draw.below(1 << min(bits, 63)))
    made = Check(
        bits=bits,
        digits=digits,
        tables=held,
        start=start,
        body=tuple(body),
        last=tuple(last),
        work=tuple(work),
        rounds=rounds,
        model="",
    )
    return _with_model(made)


def _crossing(draw: Draw, bits: int, to: int) -> Step:
    return step(draw, draw.choice(("xor_w", "add_w", "mix_l", "mix_r", "mul_w")), to, 1 - to, bits)


def _mixing(draw: Draw, bits: int, count: int) -> list[Step]:
    """Each character goes into word 0, which is then spread."""
    takes = step(draw, draw.choice(("xor_w", "add_w", "mul_w")), 0, 2, bits)
    spreads = step(draw, draw.choice(("mul_k", "rol", "mix_l", "mul_w")), 0, 1, bits)
    return [takes, spreads, _crossing(draw, bits, 1), *_any(draw, bits, count - 2, (0, 1), (2, COUNTER))]


def _any(draw: Draw, bits: int, count: int, to: Sequence[int], more: Sequence[int]) -> list[Step]:
    made = []
    for kind in _kinds(draw, count, (*ALONE, *READS, "rnd")):
        word = draw.choice(to)
        made.append(step(draw, kind, word, draw.choice((1 - word, *more)), bits))
    return made


def _work(draw: Draw, bits: int, size: _Size) -> list[Step]:
    count = draw.between(*size.work)
    if size.words == 1:
        return [step(draw, kind, 0, 0, bits) for kind in _kinds(draw, count, ALONE)]
    made = []
    for n, kind in enumerate(_kinds(draw, count, (*READS, *READS, "box", "rol", "xs_r", "mul_k", "rnd"))):
        of = draw.choice((1 - n % 2, 1 - n % 2, COUNTER, *((2, 3) if size.keyed else ())))
        made.append(step(draw, kind, n % 2, of, bits))
    crossed = [_crossing(draw, bits, 0), _crossing(draw, bits, 1)]
    if size.keyed:
        crossed += [step(draw, draw.choice(("mul_w", "mix_r")), n, 2 + n, bits) for n in (0, 1)]
        crossed.append(step(draw, "box", draw.below(2), 0, bits))
    if draw.below(2):
        crossed.append(step(draw, "swap", 0, 1, bits))
    return draw.shuffled(made + crossed)


def _with_model(check: Check) -> Check:
    digits, bits = check.digits, check.bits
    text = f"import sys\n\nB, M = {bits}, {(1 << bits) - 1}\n"
    text += "".join(f"{name} = {held}\n" for name, held in sorted(check.tables.items()))
    text += f"DIGITS = {digits.alphabet!r}\n\n\n{HELPERS}\n"
    text += f"\ndef mixed(name):\n    w = [{check.start[0]}, {check.start[1]}, 0, 0, 0]\n"
    text += "    for place, char in enumerate(name.encode()):\n        w[2] = char\n        w[4] = place\n"
    text += f"{lines(check.body, 8)}\n    w[2] = w[4] = len(name.encode())\n{lines(check.last, 4)}\n    return w[:2]\n"
    way = "" if digits.little else "[::-1]"
    text += f"""

def written(word):
    places = range(0, {digits.each * digits.each_bits}, {digits.each_bits})
    return "".join(DIGITS[word >> at & {len(digits.alphabet) - 1}] for at in places){way}


def read(part):
    word = 0
    for digit in part{"[::-1]" if digits.little else ""}:
        word = (word << {digits.each_bits} | DIGITS.index(digit)) & M
    return word


def serial(name):
    m = mixed(name)
    w = [*m, *m, 0]
    for w[4] in reversed(range({check.rounds})):
{lines(check.work, 8, back=True) or "        pass"}
    return {digits.dash!r}.join(map(written, w[:{digits.words}]))


def accepts(name, serial):
    m = mixed(name)
    each, words = {digits.each}, {digits.words}
    parts = [serial[n * (each + {len(digits.dash)}) :][:each] for n in range(words)]
    if serial != {digits.dash!r}.join(parts) or any(len(part) != each or set(part) - set(DIGITS) for part in parts):
        return False
    w = [*map(read, parts), 0][:2] + m + [0]
    for w[4] in range({check.rounds}):
{lines(check.work, 8) or "        pass"}
    return w[: {digits.words}] == m[: {digits.words}]
"""
    return replace(check, model=text + MAIN)
