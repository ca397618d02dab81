"""Machine code for steps, in one of several ways each, and what stands in a reader's way between them."""

from dataclasses import dataclass, field

from headstart.benchmarks.families.word_ops import Step
from headstart.benchmarks.families.x86 import RSP, Assembler, At
from headstart.benchmarks.rules.draw import Draw


@dataclass(slots=True)
class Out:
    """Where code is written, and how it is drawn."""

    asm: Assembler
    draw: Draw
    frame: int  # the register that holds the address of the program's memory
    slots: dict[str, int]  # what lies where in that memory
    bits: int
    murk: int  # 0: plain; 1: numbers are hidden and steps written in other ways; 2: opaque jumps too
    aside: list[tuple[str, str]] = field(
        default_factory=list
    )  # blocks to be written later: label, where they go on

    @property
    def wide(self) -> bool:
        """Whether words take 64 bits."""
        return self.bits == 64

    def registers(self, count: int, *, keep: tuple[int, ...] = ()) -> list[int]:
        """`count` registers, neither the stack's nor the frame's nor any to keep."""
        return self.draw.some([n for n in range(16) if n not in (RSP, self.frame, *keep)], count)

    def at(self, slot: str, offset: int = 0, index: int | None = None) -> At:
        """A place in the program's memory."""
        return At(self.frame, self.slots[slot] + offset, index)


@dataclass(slots=True)
class Steps:
    """Writes steps; word n lies in register `words[n]`."""

    out: Out
    words: list[int]
    temps: list[int]

    def write(self, step: Step) -> None:
        """One step, after an opaque jump now and then."""
        draw = self.out.draw
        if self.out.murk > 1 and draw.below(5) == 0:
            self._opaque(self.words[step.to])
        if step.kind in ("xor_k", "add_k", "sub_k", "mul_k"):
            self._with_number(step.kind[:3], self.words[step.to], step.k)
        else:
            getattr(self, _WAYS[step.kind])(step)

    def number(self, target: int, value: int) -> None:
        """Load a number, hidden or not."""
        asm, draw, wide = self.out.asm, self.out.draw, self.out.wide
        if not self.out.murk or draw.below(2) == 0:
            asm.load_number(target, value, wide=wide)
            return
        way, mask = draw.choice(("xor", "add", "not")), draw.below(1 << 31)
        full = (1 << self.out.bits) - 1
        if way == "not":
            asm.load_number(target, value ^ full, wide=wide)
            asm.one("not", target, wide=wide)
            return
        asm.load_number(target, value ^ mask if way == "xor" else (value - mask) & full, wide=wide)
        asm.number(way, target, mask, wide=wide)

    def _with_number(self, name: str, target: int, value: int) -> None:
        asm, draw, wide = self.out.asm, self.out.draw, self.out.wide
        if name in ("add", "sub") and self.out.murk and draw.below(2):
            name, value = {"add": "sub", "sub": "add"}[name], -value & ((1 << self.out.bits) - 1)
        if name == "mul":
            self.number(self.temps[0], value)
            asm.multiply(target, self.temps[0], wide=wide)
        elif wide or (self.out.murk and draw.below(2)):
            self.number(self.temps[0], value)
            asm.two(name, target, self.temps[0], wide=wide)
        else:
            asm.number(name, target, value)

    def _turn(self, step: Step) -> None:
        asm, target, bits = self.out.asm, self.words[step.to], self.out.bits
        way = self.out.draw.below(3 if self.out.murk else 1)
        other = {"rol": "ror", "ror": "rol"}[step.kind]
        if bits == 8:
            asm.shift_byte(step.kind if way else other, target, step.n if way else 8 - step.n)
        elif way == 0:
            asm.shift(step.kind, target, step.n, wide=self.out.wide)
        elif way == 1:
            asm.shift(other, target, bits - step.n, wide=self.out.wide)
        else:
            left = step.n if step.kind == "rol" else bits - step.n
            asm.two("mov", self.temps[0], target, wide=self.out.wide)
            asm.shift("shl", target, left, wide=self.out.wide)
            asm.shift("shr", self.temps[0], bits - left, wide=self.out.wide)
            asm.two("or", target, self.temps[0], wide=self.out.wide)

    def _one(self, step: Step) -> None:
        asm, target, wide = self.out.asm, self.words[step.to], self.out.wide
        if step.kind == "bswap":
            asm.swap_bytes(target, wide=wide)
        elif step.kind == "not" and self.out.murk:
            asm.number("xor", target, -1, wide=wide)
        elif step.kind == "neg" and self.out.murk:
            asm.one("not", target, wide=wide)
            asm.one("inc", target, wide=wide)
        else:
            asm.one(step.kind, target, wide=wide)

    def _own_shift(self, step: Step) -> None:
        asm, target, temp, wide = self.out.asm, self.words[step.to], self.temps[0], self.out.wide
        asm.two("mov", temp, target, wide=wide)
        asm.shift("shr" if step.kind == "xs_r" else "shl", temp, step.n, wide=wide)
        asm.two("xor", target, temp, wide=wide)

    def _with_word(self, step: Step) -> None:
        asm, target, source, wide = self.out.asm, self.words[step.to], self.words[step.of], self.out.wide
        if step.kind == "sub_w" and self.out.murk:
            asm.two("mov", self.temps[0], source, wide=wide)
            asm.one("neg", self.temps[0], wide=wide)
            asm.two("add", target, self.temps[0], wide=wide)
        elif step.kind == "xor_w" and self.out.murk:  # a ^ b is (a | b) - (a & b)
            asm.two("mov", self.temps[0], target, wide=wide)
            asm.two("and", self.temps[0], source, wide=wide)
            asm.two("or", target, source, wide=wide)
            asm.two("sub", target, self.temps[0], wide=wide)
        else:
            asm.two(step.kind[:3], target, source, wide=wide)

    def _mix(self, step: Step) -> None:
        asm, target, (one, two), wide = self.out.asm, self.words[step.to], self.temps, self.out.wide
        left = step.kind == "mix_l"
        asm.two("mov", one, self.words[step.of], wide=wide)
        asm.shift("shl" if left else "shr", one, step.n, wide=wide)
        self.number(two, step.k)
        asm.two("add" if left else "xor", one, two, wide=wide)
        asm.two("xor" if left else "add", target, one, wide=wide)

    def _multiplied(self, step: Step) -> None:
        asm, one = self.out.asm, self.temps[0]
        self.number(one, step.k)
        asm.multiply(one, self.words[step.of], wide=self.out.wide)
        asm.two("add", self.words[step.to], one, wide=self.out.wide)

    def _looked_up(self, step: Step) -> None:
        asm, target, (one, two), wide = self.out.asm, self.words[step.to], self.temps, self.out.wide
        table, mask = {"tab": ("T", 63), "rnd": ("R", 15), "box": ("S", 255)}[step.kind]
        source = {"tab": self.words[step.of], "rnd": self.words[4], "box": target}[step.kind]
        asm.two("mov", one, source)
        asm.number("and", one, mask)
        asm.address_of(two, table)
        if step.kind == "box":
            asm.two("xor", target, one, wide=wide)
            asm.load_byte(one, At(two, 0, one))
            asm.two("xor", target, one, wide=wide)
            return
        asm.load(one, At(two, 0, one, self.out.bits // 8), wide=wide)
        asm.two("xor" if step.kind == "tab" else "add", target, one, wide=wide)

    def _swapped(self, step: Step) -> None:
        asm, one, wide = self.out.asm, self.temps[0], self.out.wide
        asm.two("mov", one, self.words[step.to], wide=wide)
        asm.two("mov", self.words[step.to], self.words[step.of], wide=wide)
        asm.two("mov", self.words[step.of], one, wide=wide)

    def _opaque(self, word: int) -> None:
        """A jump that is never taken: x * (x + 1) is even, and x | 1 is not 0."""
        asm, (one, two) = self.out.asm, self.temps
        aside, on = asm.new_label(), asm.new_label()
        asm.two("mov", one, word)
        if self.out.draw.below(2):
            asm.two("mov", two, one)
            asm.one("inc", two)
            asm.multiply(one, two)
            asm.number("and", one, 1)
            asm.jump(aside, "ne")
        else:
            asm.number("or", one, 1)
            asm.two("test", one, one)
            asm.jump(aside, "e")
        asm.label(on)
        self.out.aside.append((aside, on))


_WAYS = {
    **dict.fromkeys(("not", "neg", "bswap"), "_one"),
    **dict.fromkeys(("rol", "ror"), "_turn"),
    **dict.fromkeys(("xs_r", "xs_l"), "_own_shift"),
    **dict.fromkeys(("xor_w", "add_w", "sub_w"), "_with_word"),
    **dict.fromkeys(("mix_l", "mix_r"), "_mix"),
    **dict.fromkeys(("tab", "rnd", "box"), "_looked_up"),
    "mul_w": "_multiplied",
    "swap": "_swapped",
}


def write_asides(out: Out) -> None:
    """The blocks that opaque jumps seem to go to: code that looks like the rest and never runs."""
    for label, on in out.aside:
        out.asm.label(label)
        for target in out.registers(out.draw.between(1, 4)):
            name = out.draw.choice(("add", "xor", "sub", "and"))
            out.asm.number(name, target, out.draw.below(1 << 31), wide=out.wide)
        out.asm.jump(on)
    out.aside.clear()
