"""Fish for a serial: watch where what comes of the serial is compared with what comes of the name.

Beside `x86_emulator.py`, in one file. It knows nothing of the program but what it sees it compare. What the program
makes of the serial is taken to be a linear map of its bits, or a sum and a product, or to hang on lower bits only.
"""

import random
from collections.abc import Callable

from headstart.agents.kit.x86_emulator import Machine

SPOT = tuple[int, int, int]  # address, which operand comes of the serial, bits


class Fisher:
    """Watches one program."""

    def __init__(self, elf: bytes, form: str, digits: str) -> None:
        self.elf, self.form, self.digits = elf, form, digits
        self.each = len(digits).bit_length() - 1
        self.size = form.count("X") * self.each  # bits of a serial

    def written(self, value: int, *, little: bool = False) -> str:
        """A number as a serial."""
        count = self.form.count("X")
        places = range(count) if little else reversed(range(count))
        digits = iter([self.digits[value >> (n * self.each) & len(self.digits) - 1] for n in places])
        return "".join(next(digits) if char == "X" else char for char in self.form)

    def seen(self, name: str, serial: str) -> dict[int, tuple[int, int, int]]:
        """The operands of what was compared at each address that was reached once."""
        ran = Machine(self.elf, f"{name}\n{serial}\n".encode()).run()
        found: dict[int, tuple[int, int, int]] = {}
        twice = set()
        for address, kind, one, two, bits in ran.events:
            if address in found:
                twice.add(address)
            elif kind in ("cmp", "sub", "xor"):
                found[address] = (one, two, bits)
        return {address: pair for address, pair in found.items() if address not in twice}

    def accepts(self, name: str, serial: str) -> bool:
        """Whether the program ends with status 0."""
        return Machine(self.elf, f"{name}\n{serial}\n".encode()).run().status == 0

    def spots(self) -> list[SPOT]:
        """Where one operand hangs on the serial alone, and the other on the name alone."""
        rng = random.Random(1)  # noqa: S311 - repeatable
        one, two = (self.written(rng.getrandbits(self.size)) for _ in range(2))
        both, other_serial, other_name = (
            self.seen(*pair) for pair in (("maple", one), ("maple", two), ("quartz", one))
        )
        found = []
        for address, pair in both.items():
            if address not in other_serial or address not in other_name:
                continue
            for side in (0, 1):
                mine = (pair[side], other_serial[address][side], other_name[address][side])
                name = (pair[1 - side], other_name[address][1 - side], other_serial[address][1 - side])
                if mine[0] == mine[2] != mine[1] and name[0] == name[2] != name[1]:
                    found.append((address, side, pair[2]))
        return found

    def came(self, spot: SPOT, serial: str, name: str = "maple") -> int:
        """What comes of a serial there."""
        return self.seen(name, serial)[spot[0]][spot[1]]

    def wanted(self, spot: SPOT, name: str) -> int:
        """What comes of a name there."""
        return self.seen(name, self.written(0))[spot[0]][1 - spot[1]]

    def ways(self, spot: SPOT) -> list[Callable[[int, str], str]]:
        """Functions from (what is wanted, the name) to a serial, that may be right."""
        made: list[Callable[[int, str], str]] = [linear(self, spot)]
        for little in (False, True):
            if (affine := product(self, spot, little=little)) is not None:
                made.append(affine)
            if spot[2] <= 32:
                made.append(lower_bits_first(self, spot, little=little))
        return made


def linear(fisher: Fisher, spot: SPOT) -> Callable[[int, str], str]:
    """Each bit of what comes is a sum (XOR) of bits of the serial: solve for them."""
    still = fisher.came(spot, fisher.written(0))
    rows: list[tuple[int, int, int]] = []  # highest bit, what comes, of which bits of the serial
    for n in range(fisher.size):
        value, bits = fisher.came(spot, fisher.written(1 << n)) ^ still, 1 << n
        for top, other, of in rows:
            if value >> top & 1:
                value, bits = value ^ other, bits ^ of
        if value:
            top = value.bit_length() - 1
            rows = [(t, o ^ value, f ^ bits) if o >> top & 1 else (t, o, f) for t, o, f in rows]
            rows.append((top, value, bits))

    def solve(wanted: int, _name: str) -> str:
        rest, bits = wanted ^ still, 0
        for top, value, of in rows:
            if rest >> top & 1:
                rest, bits = rest ^ value, bits ^ of
        return fisher.written(bits)

    return solve


def product(fisher: Fisher, spot: SPOT, *, little: bool) -> Callable[[int, str], str] | None:
    """What comes is serial * a + b."""
    whole = 1 << spot[2]
    still = fisher.came(spot, fisher.written(0))
    factor = fisher.came(spot, fisher.written(1, little=little)) - still
    if not factor & 1:
        return None
    back = pow(factor % whole, -1, whole)
    return lambda wanted, _: fisher.written((wanted - still) * back % whole, little=little)


def lower_bits_first(fisher: Fisher, spot: SPOT, *, little: bool) -> Callable[[int, str], str]:
    """Bit n of what comes hangs on bits up to n: set one after the other."""

    def solve(wanted: int, name: str) -> str:
        value = 0
        for n in range(spot[2]):
            came = fisher.came(spot, fisher.written(value, little=little), name)
            if (came ^ wanted) >> n & 1:
                value |= 1 << n
        return fisher.written(value, little=little)

    return solve


def fish(fisher: Fisher) -> tuple[int, int] | None:
    """Which spot and which way give serials that the program accepts."""
    for place, spot in enumerate(fisher.spots()[:4]):
        for number, way in enumerate(fisher.ways(spot)):
            if all(fisher.accepts(name, way(fisher.wanted(spot, name), name)) for name in ("ember", "zinc")):
                return place, number
    return None
