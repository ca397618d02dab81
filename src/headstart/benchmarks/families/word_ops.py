"""Steps on words of 8, 32 or 64 bits, each with its way back: what checks and keygens are made of.

Words 0 and 1 are worked on, 2 and 3 are given from outside, 4 counts rounds. A step changes one word (or swaps two)
and can be undone if nothing else changed since. `forward` and `backward` write a step as a line of Python: generator,
reference solution and tests all run that text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.benchmarks.rules.draw import Draw

COUNTER = 4
TABLE, ROUNDS, BOX = 64, 16, 256  # entries of the tables T, R, S


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, the word it changes, the word it reads, a number, and how far it shifts."""

    kind: str
    to: int
    of: int = 0
    k: int = 0
    n: int = 0


_FORWARD = {
    "xor_k": "w[{to}] ^= {k}",
    "add_k": "w[{to}] = w[{to}] + {k} & M",
    "sub_k": "w[{to}] = w[{to}] - {k} & M",
    "mul_k": "w[{to}] = w[{to}] * {k} & M",
    "rol": "w[{to}] = rol(w[{to}], {n})",
    "ror": "w[{to}] = rol(w[{to}], B - {n})",
    "not": "w[{to}] ^= M",
    "neg": "w[{to}] = -w[{to}] & M",
    "bswap": "w[{to}] = int.from_bytes(w[{to}].to_bytes(B // 8, 'big'), 'little')",
    "xs_r": "w[{to}] ^= w[{to}] >> {n}",
    "xs_l": "w[{to}] ^= w[{to}] << {n} & M",
    "xor_w": "w[{to}] ^= w[{of}]",
    "add_w": "w[{to}] = w[{to}] + w[{of}] & M",
    "sub_w": "w[{to}] = w[{to}] - w[{of}] & M",
    "mix_l": "w[{to}] ^= (w[{of}] << {n}) + {k} & M",
    "mix_r": "w[{to}] = w[{to}] + (w[{of}] >> {n} ^ {k}) & M",
    "mul_w": "w[{to}] = w[{to}] + w[{of}] * {k} & M",
    "tab": "w[{to}] ^= T[w[{of}] & 63]",
    "rnd": "w[{to}] = w[{to}] + R[w[4] & 15] & M",
    "box": "w[{to}] ^= w[{to}] & 255 ^ S[w[{to}] & 255]",
    "swap": "w[{to}], w[{of}] = w[{of}], w[{to}]",
}
_BACKWARD = {
    "add_k": "sub_k",
    "sub_k": "add_k",
    "rol": "ror",
    "ror": "rol",
    "add_w": "sub_w",
    "sub_w": "add_w",
}
_UNDO = {
    "mul_k": "w[{to}] = w[{to}] * pow({k}, -1, M + 1) & M",
    "xs_r": "w[{to}] = unshift(w[{to}], lambda x: x >> {n})",
    "xs_l": "w[{to}] = unshift(w[{to}], lambda x: x << {n} & M)",
    "mix_r": "w[{to}] = w[{to}] - (w[{of}] >> {n} ^ {k}) & M",
    "mul_w": "w[{to}] = w[{to}] - w[{of}] * {k} & M",
    "rnd": "w[{to}] = w[{to}] - R[w[4] & 15] & M",
    "box": "w[{to}] ^= w[{to}] & 255 ^ S.index(w[{to}] & 255)",
}
HELPERS = """\
def rol(x, n):
    return (x << n | x >> (B - n)) & M


def unshift(y, shift):
    x = y
    for _ in range(B):
        x = y ^ shift(x)
    return x
"""
"""What the lines use beside the list `w`: B bits, the mask M, tables T, R and S."""


def forward(step: Step) -> str:
    """The step as a line of Python."""
    return _FORWARD[step.kind].format(to=step.to, of=step.of, k=step.k, n=step.n)


def backward(step: Step) -> str:
    """A line that undoes it."""
    text = _UNDO.get(step.kind) or _FORWARD[_BACKWARD.get(step.kind, step.kind)]
    return text.format(to=step.to, of=step.of, k=step.k, n=step.n)


def lines(steps: Sequence[Step], indent: int, *, back: bool = False) -> str:
    """The steps as lines, one below the other; `back` undoes them, last first."""
    texts = [backward(each) for each in reversed(steps)] if back else [forward(each) for each in steps]
    return "\n".join(" " * indent + text for text in texts)


ALONE = ("xor_k", "add_k", "sub_k", "mul_k", "rol", "ror", "not", "neg", "bswap", "xs_r", "xs_l", "box")
READS = ("xor_w", "add_w", "sub_w", "mix_l", "mix_r", "mul_w", "tab")
IN_BYTES = ("xor_k", "add_k", "sub_k", "mul_k", "not", "neg", "rol", "ror")
BYTES_READ = ("xor_w", "add_w", "sub_w")
"""Kinds that change a byte alone, and in which the lowest byte hangs on lowest bytes alone."""


def step(draw: Draw, kind: str, to: int, of: int, bits: int) -> Step:
    """A step of that kind, its number and shift drawn."""
    k = draw.below(1 << min(bits, 63))
    if kind in ("mul_k", "mul_w"):
        k |= 1
    n = draw.between(1, bits - 1) if bits == 8 else draw.between(3, bits // 2 - 2)
    takes_k = kind.endswith("_k") or kind in ("mix_l", "mix_r", "mul_w")
    takes_n = kind in ("rol", "ror", "xs_r", "xs_l", "mix_l", "mix_r")
    reads = kind in READS or kind == "swap"
    return Step(kind, to, of if reads else 0, (k or 1) if takes_k else 0, n if takes_n else 0)


def tables(draw: Draw, bits: int, used: set[str]) -> dict[str, list[int]]:
    """The tables that steps of these kinds read."""
    made: dict[str, list[int]] = {}
    if "tab" in used:
        made["T"] = [draw.below(1 << min(bits, 63)) for _ in range(TABLE)]
    if "rnd" in used:
        made["R"] = [draw.below(1 << min(bits, 63)) for _ in range(ROUNDS)]
    if "box" in used:
        made["S"] = draw.shuffled(range(BOX))
    return made
