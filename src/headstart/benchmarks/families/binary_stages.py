"""The stages of a generated check: read two lines, mix the name, read the serial's digits, work on words, compare."""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.benchmarks.families.binary_code import Out, Steps
from headstart.benchmarks.families.word_ops import COUNTER, Step
from headstart.benchmarks.families.x86 import R11, RAX, RCX, RDI, RDX, RSI, At

LINE = 64  # bytes kept for a line; one that is longer is cut
REFUSE, ACCEPT, READ = "refuse", "accept", "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """How a serial is written: words one after the other, digits of an alphabet of 16 or 32."""

    alphabet: str
    each: int  # digits of a word
    words: int
    little: bool  # the last digit counts most
    dash: str  # between words

    @property
    def each_bits(self) -> int:
        """Bits of a digit."""
        return len(self.alphabet).bit_length() - 1

    @property
    def length(self) -> int:
        """Characters of a serial."""
        return self.words * self.each + (self.words - 1) * len(self.dash)


def write_reader(out: Out) -> None:
    """A function that reads a line into the memory that rsi names; its length is left in rax."""
    asm = out.asm
    asm.label(READ)
    (count,) = out.registers(1, keep=(RAX, RCX, RDX, RSI, RDI, R11))
    again, end = asm.new_label(), asm.new_label()
    asm.two("xor", count, count)
    asm.label(again)
    asm.two("xor", RAX, RAX)
    asm.two("xor", RDI, RDI)
    asm.load_number(RDX, 1)
    asm.system_call()
    asm.number("cmp", RAX, 1, wide=True)
    asm.jump(end, "ne")
    asm.load_byte(RAX, At(RSI))
    asm.number("cmp", RAX, 10)
    asm.jump(end, "e")
    asm.one("inc", RSI, wide=True)
    asm.one("inc", count)
    asm.number("cmp", count, LINE - 1)
    asm.jump(again, "b")
    asm.label(end)
    asm.two("mov", RAX, count)
    asm.back()


def write_reading(out: Out, slot: str) -> None:
    """Read a line into a slot, and its length."""
    out.asm.address(RSI, out.at(slot))
    out.asm.call(READ)
    out.asm.store(out.at(f"{slot} length"), RAX)


def write_length(out: Out, slot: str, least: int, most: int) -> None:
    """Refuse what is not that long."""
    (size,) = out.registers(1)
    out.asm.load(size, out.at(f"{slot} length"))
    if least == most:
        out.asm.number("cmp", size, least)
        out.asm.jump(REFUSE, "ne")
        return
    out.asm.number("cmp", size, least)
    out.asm.jump(REFUSE, "b")
    out.asm.number("cmp", size, most)
    out.asm.jump(REFUSE, "a")


def write_mixing(out: Out, start: Sequence[int], body: Sequence[Step], last: Sequence[Step]) -> None:
    """Mix the name's characters into two words, then the words into each other."""
    asm = out.asm
    *words, one, two = out.registers(7)
    steps = Steps(out, words, [one, two])
    steps.number(words[0], start[0])
    steps.number(words[1], start[1])
    asm.two("xor", words[COUNTER], words[COUNTER])
    again = asm.new_label()
    asm.label(again)
    asm.load_byte(words[2], out.at("name", 0, words[COUNTER]))
    for each in body:
        steps.write(each)
    asm.one("inc", words[COUNTER])
    asm.load(one, out.at("name length"))
    asm.two("cmp", words[COUNTER], one)
    asm.jump(again, "b")
    asm.two("mov", words[2], words[COUNTER])
    for each in last:
        steps.write(each)
    asm.store(out.at("mixed"), words[0], wide=out.wide)
    asm.store(out.at("mixed", 8), words[1], wide=out.wide)


def write_digits(out: Out, digits: Digits, *, by_table: bool) -> None:
    """Read the digits of each word of the serial."""
    asm = out.asm
    for word in range(digits.words):
        place, value, char, digit, table, held = out.registers(6)
        base = word * (digits.each + len(digits.dash))
        if digits.dash and word:
            asm.load_byte(char, out.at("serial", base - 1))
            asm.number("cmp", char, ord(digits.dash))
            asm.jump(REFUSE, "ne")
        asm.load_number(place, digits.each - 1 if digits.little else 0)
        asm.two("xor", value, value)
        again = asm.new_label()
        asm.label(again)
        asm.load_byte(char, out.at("serial", base, place))
        if by_table:
            _by_table(out, digits, (char, digit, table, held))
        else:
            _by_range(out, digits, char, digit)
        asm.shift("shl", value, digits.each_bits, wide=out.wide)
        asm.two("or", value, digit, wide=out.wide)
        if digits.little:
            asm.number("sub", place, 1)
            asm.jump(again, "ae")
        else:
            asm.one("inc", place)
            asm.number("cmp", place, digits.each)
            asm.jump(again, "ne")
        asm.store(out.at("given", 8 * word), value, wide=out.wide)


def _by_table(out: Out, digits: Digits, registers: tuple[int, int, int, int]) -> None:
    asm = out.asm
    char, digit, table, held = registers
    look, found = asm.new_label(), asm.new_label()
    asm.address_of(table, "A")
    asm.two("xor", digit, digit)
    asm.label(look)
    asm.load_byte(held, At(table, 0, digit))
    asm.two("cmp", held, char)
    asm.jump(found, "e")
    asm.one("inc", digit)
    asm.number("cmp", digit, len(digits.alphabet))
    asm.jump(look, "ne")
    asm.jump(REFUSE)
    asm.label(found)


def _by_range(out: Out, digits: Digits, char: int, digit: int) -> None:
    """Ten digits, then letters: the alphabet is two ranges."""
    asm = out.asm
    known = asm.new_label()
    letter = ord(digits.alphabet[10])
    asm.number("sub", char, ord("0"))
    asm.two("mov", digit, char)
    asm.number("cmp", char, 10)
    asm.jump(known, "b")
    asm.number("sub", char, letter - ord("0"))
    asm.number("cmp", char, len(digits.alphabet) - 10)
    asm.jump(REFUSE, "ae")
    asm.two("mov", digit, char)
    asm.number("add", digit, 10)
    asm.label(known)


def write_rounds(out: Out, body: Sequence[Step], rounds: int, *, unrolled: bool) -> None:
    """Work on the serial's words."""
    asm = out.asm
    *words, one, two = out.registers(7)
    steps = Steps(out, words, [one, two])
    for register, slot, offset in zip(
        words, ("given", "given", "mixed", "mixed"), (0, 8, 0, 8), strict=False
    ):
        asm.load(register, out.at(slot, offset), wide=out.wide)
    if unrolled:
        for count in range(rounds):
            asm.load_number(words[COUNTER], count)
            for each in body:
                steps.write(each)
    else:
        again = asm.new_label()
        asm.two("xor", words[COUNTER], words[COUNTER])
        asm.label(again)
        for each in body:
            steps.write(each)
        asm.one("inc", words[COUNTER])
        asm.number("cmp", words[COUNTER], rounds)
        asm.jump(again, out.draw.choice(("ne", "b")))
    asm.store(out.at("given"), words[0], wide=out.wide)
    asm.store(out.at("given", 8), words[1], wide=out.wide)


COMPARE = ("one by one", "gathered", "taken away")


def write_compare(out: Out, words: int, way: str) -> None:
    """Go on to `accept` only if what came of the serial is what came of the name."""
    asm, wide = out.asm, out.wide
    one, two, sum_ = out.registers(3)
    if way == "gathered":
        asm.two("xor", sum_, sum_)
    for word in out.draw.shuffled(range(words)):
        asm.load(one, out.at("given", 8 * word), wide=wide)
        asm.load(two, out.at("mixed", 8 * word), wide=wide)
        if way == "one by one":
            asm.two("cmp", one, two, wide=wide)
            asm.jump(REFUSE, "ne")
        elif way == "taken away":
            asm.two("sub", one, two, wide=wide)
            asm.jump(REFUSE, "ne")
        else:
            asm.two("xor", one, two, wide=wide)
            asm.two("or", sum_, one, wide=wide)
    if way == "gathered":
        asm.two("test", sum_, sum_, wide=wide)
        asm.jump(REFUSE, "ne")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A check of a key alone: each character goes through steps, and is held against a table."""

    order: tuple[int, ...]  # of the places that are looked at
    start: int  # of word 1, which carries from one character to the next
    body: tuple[Step, ...]  # of word 0, the character
    carry: tuple[Step, ...]  # of word 1; word 2 is the character as it was
    wanted: tuple[int, ...]  # by place
    early: bool  # whether the first wrong character ends it
    unrolled: bool


def write_key(out: Out, key: Key) -> None:
    """Hold each character of the key against the table."""
    asm = out.asm
    *words, one, two = out.registers(7)
    wrong = words[3]
    steps = Steps(out, words, [one, two])
    asm.load_number(words[1], key.start)
    asm.two("xor", wrong, wrong)
    again = asm.new_label()
    if not key.unrolled:
        asm.two("xor", one, one)
        asm.store(out.at("place"), one)
        asm.label(again)
    for turn in range(len(key.order) if key.unrolled else 1):
        _next_place(out, key, turn, (words[COUNTER], one, two))
        asm.load_byte(words[0], out.at("serial", 0, words[COUNTER]))
        asm.two("mov", words[2], words[0])
        for each in key.body:
            steps.write(each)
        asm.number("and", words[0], 255)
        if key.unrolled:
            asm.number("cmp" if key.early else "xor", words[0], key.wanted[key.order[turn]])
        else:
            asm.address_of(two, "W")
            asm.load_byte(one, At(two, 0, words[COUNTER]))
            asm.two("cmp" if key.early else "xor", words[0], one)
        if key.early:
            asm.jump(REFUSE, "ne")
        else:
            asm.two("or", wrong, words[0])
        for each in key.carry:
            steps.write(each)
    if not key.unrolled:
        asm.load(one, out.at("place"))
        asm.one("inc", one)
        asm.store(out.at("place"), one)
        asm.number("cmp", one, len(key.order))
        asm.jump(again, "ne")
    if not key.early:
        asm.two("test", wrong, wrong)
        asm.jump(REFUSE, "ne")


def _next_place(out: Out, key: Key, turn: int, registers: tuple[int, int, int]) -> None:
    place, one, two = registers
    if key.unrolled:
        out.asm.load_number(place, key.order[turn])
    elif key.order == tuple(range(len(key.order))):
        out.asm.load(place, out.at("place"))
    else:
        out.asm.load(one, out.at("place"))
        out.asm.address_of(two, "O")
        out.asm.load_byte(place, At(two, 0, one))


def write_end(out: Out, label: str, status: int, size: int) -> None:
    """Say a word (the data `label` + " said"), and end with a status."""
    asm = out.asm
    asm.label(label)
    asm.load_number(RDI, 1)
    asm.address_of(RSI, f"{label} said")
    asm.load_number(RDX, size)
    asm.load_number(RAX, 1)
    asm.system_call()
    asm.load_number(RDI, status)
    asm.load_number(RAX, 60)
    asm.system_call()
