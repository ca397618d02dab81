"""A small virtual machine in machine code, and steps as its programs.

An instruction is: operation, two registers, a number of one word; which byte is which is drawn, and so are the numbers
of operations, the order of handlers, how they are found, and how the program's bytes are hidden.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from headstart.benchmarks.families.binary_code import Out
from headstart.benchmarks.families.word_ops import COUNTER, Step
from headstart.benchmarks.families.x86 import RCX, At
from headstart.benchmarks.rules.draw import Draw

OPERATIONS = (
    "set",
    "copy",
    "xor",
    "add",
    "sub",
    "mul",
    "shl",
    "shr",
    "T",
    "R",
    "S",
    "low",
    "flip",
    "turn",
    "again",
    "end",
)
SPARE = (5, 6)  # registers of the machine beside the words


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How programs are written."""

    numbers: dict[str, int]  # of operations
    order: tuple[int, int, int]  # at which of the first three bytes: operation, first and second register
    key: int
    roll: int  # added to the key for each byte: 0 is one key for all
    word: int  # bytes of a number

    @property
    def size(self) -> int:
        """Bytes of an instruction."""
        return 3 + self.word

    def hidden(self, program: bytes) -> bytes:
        """The program's bytes as they lie in the file."""
        return bytes(each ^ (self.key + self.roll * n) & 255 for n, each in enumerate(program))

    def instruction(self, name: str, first: int, second: int, number: int) -> bytes:
        """One instruction."""
        head = [0, 0, 0]
        for at, value in zip(self.order, (self.numbers[name], first, second), strict=True):
            head[at] = value
        return bytes(head) + number.to_bytes(self.word, "little")


def machine(draw: Draw, bits: int, tables: Collection[str], *, rolling: bool) -> Machine:
    """A machine that can read these tables."""
    names = [each for each in OPERATIONS if each not in ("T", "R", "S") or each in tables]
    numbers = dict(zip(names, draw.shuffled(range(len(names))), strict=True))
    one, two, three = draw.shuffled(range(3))
    roll = draw.below(128) * 2 + 1 if rolling else 0
    return Machine(
        numbers=numbers, order=(one, two, three), key=draw.between(1, 255), roll=roll, word=bits // 8
    )


Instruction = tuple[str, int, int, int]


def _turn(step: Step, bits: int) -> list[Instruction]:
    left = step.n if step.kind == "rol" else bits - step.n
    one = SPARE[0]
    return [
        ("copy", one, step.to, 0),
        ("shl", step.to, 0, left),
        ("shr", one, 0, bits - left),
        ("xor", step.to, one, 0),
    ]


def _numbered(step: Step, _bits: int) -> list[Instruction]:
    return [("set", SPARE[0], 0, step.k), (step.kind[:3], step.to, SPARE[0], 0)]


def _between(step: Step, _bits: int) -> list[Instruction]:
    return [(step.kind[:3], step.to, step.of, 0)]


def _own_shift(step: Step, _bits: int) -> list[Instruction]:
    name = "shr" if step.kind == "xs_r" else "shl"
    return [("copy", SPARE[0], step.to, 0), (name, SPARE[0], 0, step.n), ("xor", step.to, SPARE[0], 0)]


def _mix(step: Step, _bits: int) -> list[Instruction]:
    one, two = SPARE
    shift, join, last = ("shl", "add", "xor") if step.kind == "mix_l" else ("shr", "xor", "add")
    made = [("copy", one, step.of, 0), (shift, one, 0, step.n), ("set", two, 0, step.k)]
    return [*made, (join, one, two, 0), (last, step.to, one, 0)]


def _table(step: Step, _bits: int) -> list[Instruction]:
    one, two = SPARE
    if step.kind == "tab":
        return [("T", one, step.of, 0), ("xor", step.to, one, 0)]
    if step.kind == "rnd":
        return [("R", one, COUNTER, 0), ("add", step.to, one, 0)]
    return [
        ("low", one, step.to, 0),
        ("S", two, step.to, 0),
        ("xor", step.to, one, 0),
        ("xor", step.to, two, 0),
    ]


def _swap(step: Step, _bits: int) -> list[Instruction]:
    one = SPARE[0]
    return [("copy", one, step.to, 0), ("copy", step.to, step.of, 0), ("copy", step.of, one, 0)]


_TO: dict[str, Callable[[Step, int], list[Instruction]]] = {
    **dict.fromkeys(("xor_k", "add_k", "sub_k", "mul_k"), _numbered),
    **dict.fromkeys(("rol", "ror"), _turn),
    **dict.fromkeys(("xor_w", "add_w", "sub_w"), _between),
    **dict.fromkeys(("xs_r", "xs_l"), _own_shift),
    **dict.fromkeys(("mix_l", "mix_r"), _mix),
    **dict.fromkeys(("tab", "rnd", "box"), _table),
    "swap": _swap,
    "bswap": lambda step, _: [("turn", step.to, 0, 0)],
    "not": lambda step, _: [("flip", step.to, 0, 0)],
    "neg": lambda step, _: [("flip", step.to, 0, 0), ("set", SPARE[0], 0, 1), ("add", step.to, SPARE[0], 0)],
    "mul_w": lambda step, _: [
        ("set", SPARE[0], 0, step.k),
        ("mul", SPARE[0], step.of, 0),
        ("add", step.to, SPARE[0], 0),
    ],
}


def program(made: Machine, steps: Sequence[Step], rounds: int) -> bytes:
    """Steps as a program of the machine, hidden; it goes through them so often (0: once, and counts nothing)."""
    held = b""
    for each in steps:
        for name, first, second, number in _TO[each.kind](each, made.word * 8):
            held += made.instruction(name, first, second, number)
    if rounds:
        held += made.instruction("again", COUNTER, 0, rounds)
    return made.hidden(held + made.instruction("end", 0, 0, 0))


NAME = "machine"


class Interpreter:
    """Writes the machine: a function that runs the program whose address lies in the slot `program`."""

    def __init__(self, out: Out, made: Machine) -> None:
        self._out = out
        self._made = made
        drawn = out.registers(8, keep=(RCX,))
        self._begin, self._base, self._op, self._a, self._b, self._value, self._temp, self._mask = drawn

    def write(self, *, by_table: bool) -> None:
        """The function; operations are found by a table of offsets, or by comparing with one after the other."""
        asm, draw = self._out.asm, self._out.draw
        asm.label(NAME)
        asm.load(self._begin, self._out.at("program"), wide=True)
        asm.two("xor", self._base, self._base)
        asm.label(f"{NAME} next")
        self._fetch()
        if by_table:
            self._by_table()
        else:
            for name in draw.shuffled(sorted(self._made.numbers)):
                asm.number("cmp", self._op, self._made.numbers[name])
                asm.jump(f"{NAME} {name}", "e")
            asm.back()
        for name in draw.shuffled(sorted(self._made.numbers)):
            asm.label(f"{NAME} {name}")
            self._handler(name)

    def _fetch(self) -> None:
        asm, made = self._out.asm, self._made
        heads = zip((self._op, self._a, self._b), made.order, strict=True)
        for register, at in self._out.draw.shuffled(list(heads)):
            asm.load_byte(register, At(self._begin, at, self._base))
            self._bare(register, at)
        asm.two("xor", self._value, self._value)
        for at in reversed(range(3, made.size)):
            asm.load_byte(self._temp, At(self._begin, at, self._base))
            self._bare(self._temp, at)
            asm.shift("shl", self._value, 8, wide=self._out.wide)
            asm.two("or", self._value, self._temp, wide=self._out.wide)
        asm.number("add", self._base, made.size)

    def _bare(self, register: int, at: int) -> None:
        """Take what hides it off one byte."""
        asm, made = self._out.asm, self._made
        if not made.roll:
            asm.number("xor", register, made.key)
            return
        asm.load_number(self._mask, made.roll)
        asm.multiply(self._mask, self._base)
        asm.number("add", self._mask, made.key + made.roll * at)
        asm.two("xor", register, self._mask)
        asm.number("and", register, 255)

    def _by_table(self) -> None:
        asm = self._out.asm
        asm.address_of(self._temp, f"{NAME} table")
        asm.load_offset(self._op, At(self._temp, 0, self._op, 4))
        asm.two("add", self._op, self._temp, wide=True)
        asm.jump_to(self._op)
        by_number = sorted(self._made.numbers, key=self._made.numbers.__getitem__)
        asm.offsets(f"{NAME} table", [f"{NAME} {name}" for name in by_number])

    def _register(self, number: int) -> At:
        return At(self._out.frame, self._out.slots["registers"], number, 8)

    def _handler(self, name: str) -> None:
        asm, wide = self._out.asm, self._out.wide
        if name == "end":
            asm.back()
            return
        if name == "set":
            asm.store(self._register(self._a), self._value, wide=wide)
        elif name == "again":
            self._again()
            return
        elif name in _LOOKED_UP:
            self._looked_up(name)
        else:
            asm.load(self._temp, self._register(self._a), wide=wide)
            self._changed(name)
            asm.store(self._register(self._a), self._temp, wide=wide)
        asm.jump(f"{NAME} next")

    def _changed(self, name: str) -> None:
        asm, temp, wide = self._out.asm, self._temp, self._out.wide
        if name == "flip":
            asm.one("not", temp, wide=wide)
            return
        if name == "turn":
            asm.swap_bytes(temp, wide=wide)
            return
        if name in ("shl", "shr"):
            asm.two("mov", RCX, self._value)
            asm.shift_by_cl(name, temp, wide=wide)
            return
        asm.load(self._mask, self._register(self._b), wide=wide)
        if name == "mul":
            asm.multiply(temp, self._mask, wide=wide)
        else:
            asm.two("mov" if name == "copy" else name, temp, self._mask, wide=wide)

    def _looked_up(self, name: str) -> None:
        asm, temp, wide = self._out.asm, self._temp, self._out.wide
        asm.load(temp, self._register(self._b))
        asm.number("and", temp, _LOOKED_UP[name])
        if name != "low":
            asm.address_of(self._mask, name)
        if name == "S":
            asm.load_byte(temp, At(self._mask, 0, temp))
        elif name != "low":
            asm.load(temp, At(self._mask, 0, temp, self._made.word), wide=wide)
        asm.store(self._register(self._a), temp, wide=wide)

    def _again(self) -> None:
        """Count one up; go back to the beginning until the number is reached."""
        asm = self._out.asm
        asm.load(self._temp, self._register(self._a))
        asm.one("inc", self._temp)
        asm.store(self._register(self._a), self._temp, wide=self._out.wide)
        asm.two("cmp", self._temp, self._value)
        asm.jump(f"{NAME} next", "e")
        asm.two("xor", self._base, self._base)
        asm.jump(f"{NAME} next")


_LOOKED_UP = {"T": 63, "R": 15, "S": 255, "low": 255}


def write_run(out: Out, label: str) -> None:
    """Run the program at a label."""
    (place,) = out.registers(1)
    out.asm.address_of(place, label)
    out.asm.store(out.at("program"), place, wide=True)
    out.asm.call(NAME)


def write_rounds_there(out: Out, label: str) -> None:
    """What `write_rounds` does, by the machine."""
    asm = out.asm
    (one,) = out.registers(1)
    for number, (slot, offset) in enumerate((("given", 0), ("given", 8), ("mixed", 0), ("mixed", 8))):
        asm.load(one, out.at(slot, offset), wide=out.wide)
        asm.store(out.at("registers", 8 * number), one, wide=out.wide)
    asm.two("xor", one, one)
    asm.store(out.at("registers", 8 * COUNTER), one, wide=True)
    write_run(out, label)
    for number in (0, 1):
        asm.load(one, out.at("registers", 8 * number), wide=out.wide)
        asm.store(out.at("given", 8 * number), one, wide=out.wide)


def write_mixing_there(out: Out, start: Sequence[int], body: str, last: str) -> None:
    """What `write_mixing` does, by the machine; `body` and `last` are labels of programs."""
    asm = out.asm
    one, two = out.registers(2)
    again = asm.new_label()
    for number in (0, 1):
        asm.load_number(one, start[number], wide=out.wide)
        asm.store(out.at("registers", 8 * number), one, wide=out.wide)
    asm.two("xor", one, one)
    asm.store(out.at("registers", 8 * COUNTER), one, wide=True)
    asm.label(again)
    asm.load(one, out.at("registers", 8 * COUNTER))
    asm.load_byte(two, out.at("name", 0, one))
    asm.store(out.at("registers", 16), two, wide=True)
    write_run(out, body)
    asm.load(one, out.at("registers", 8 * COUNTER))
    asm.one("inc", one)
    asm.store(out.at("registers", 8 * COUNTER), one, wide=True)
    asm.load(two, out.at("name length"))
    asm.two("cmp", one, two)
    asm.jump(again, "b")
    asm.store(out.at("registers", 16), one, wide=True)
    write_run(out, last)
    for number in (0, 1):
        asm.load(one, out.at("registers", 8 * number), wide=out.wide)
        asm.store(out.at("mixed", 8 * number), one, wide=out.wide)
