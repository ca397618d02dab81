"""Run a small static program of x86-64 in Python, and see what it compares: no debugger is needed.

It knows the integer instructions that compilers use most. `events` holds, for each comparison and the like, where it
was and its two operands: (address, kind, first, second, bits).
"""

import struct
from collections.abc import Callable

BASE_OF_STACK = 0x7FFF0000
SIZE_OF_STACK = 1 << 16
MASK = {8: 0xFF, 32: 0xFFFFFFFF, 64: 0xFFFFFFFFFFFFFFFF}
NAMES = ("add", "or", "adc", "sbb", "and", "sub", "xor", "cmp")
Event = tuple[int, str, int, int, int]


class Stopped(Exception):
    """The program ended, or did what this emulator does not know."""


class Machine:
    """One run."""

    def __init__(self, elf: bytes, given: bytes) -> None:
        self.at: int
        self.at, table = struct.unpack_from("<QQ", elf, 24)
        size, count = struct.unpack_from("<HH", elf, 54)
        self.image = bytearray()
        self.base: int = 0
        for n in range(count):
            kind, _, at, address, _, held, room = struct.unpack_from("<IIQQQQQ", elf, table + n * size)
            if kind == 1 and not self.image:
                self.base = address
                self.image = bytearray(elf[at : at + held]) + bytearray(room - held)
        self.stack = bytearray(SIZE_OF_STACK)
        self.regs: list[int] = [0] * 16
        self.regs[4] = BASE_OF_STACK + SIZE_OF_STACK - 4096
        self.zero = self.carry = False
        self.given = given
        self.read = 0
        self.events: list[Event] = []
        self.said = b""
        self.status: int | None = None
        self.steps = 0

    def run(self, most: int = 400_000, events: int = 1 << 30) -> "Machine":
        """To the end, or so many instructions, or so many events."""
        try:
            while self.steps < most and len(self.events) < events:
                self.steps += 1
                self.step()
        except (Stopped, IndexError, struct.error, KeyError):
            pass
        return self

    def place(self, address: int, size: int) -> tuple[bytearray, int]:
        """The memory that an address is in."""
        if self.base <= address <= self.base + len(self.image) - size:
            return self.image, address - self.base
        if BASE_OF_STACK <= address <= BASE_OF_STACK + SIZE_OF_STACK - size:
            return self.stack, address - BASE_OF_STACK
        raise Stopped

    def load(self, address: int, bits: int) -> int:
        """A number from memory."""
        memory, at = self.place(address, bits >> 3)
        return int.from_bytes(memory[at : at + (bits >> 3)], "little")

    def store(self, address: int, value: int, bits: int) -> None:
        """A number into memory."""
        memory, at = self.place(address, bits >> 3)
        memory[at : at + (bits >> 3)] = (value & MASK[bits]).to_bytes(bits >> 3, "little")

    def byte(self) -> int:
        """The next byte of the instruction."""
        value = self.image[self.at - self.base]
        self.at += 1
        return value

    def signed(self, size: int) -> int:
        """The next signed number of the instruction."""
        at = self.at - self.base
        self.at += size
        return int.from_bytes(self.image[at : at + size], "little", signed=True)

    def operand(self, rex: int) -> tuple[int, int | None, int]:
        """(the register field, the register that is meant or None, the address that is meant)."""
        modrm = self.byte()
        mode, reg, low = modrm >> 6, (modrm >> 3 & 7) | (rex & 4) << 1, modrm & 7
        if mode == 3:
            return reg, low | (rex & 1) << 3, 0
        if low == 4:
            sib = self.byte()
            index = (sib >> 3 & 7) | (rex & 2) << 2
            base = sib & 7
            address = 0 if index == 4 else self.regs[index] << (sib >> 6)
            if base == 5 and mode == 0:
                return reg, None, address + self.signed(4) & MASK[64]
            address += self.regs[base | (rex & 1) << 3]
        elif low == 5 and mode == 0:
            shift = self.signed(4)
            return reg, None, self.at + shift
        else:
            address = self.regs[low | (rex & 1) << 3]
        if mode:
            address += self.signed(1 if mode == 1 else 4)
        return reg, None, address & MASK[64]

    def get(self, reg: int | None, address: int, bits: int) -> int:
        """What an operand holds."""
        return self.load(address, bits) if reg is None else self.regs[reg] & MASK[bits]

    def put(self, reg: int | None, address: int, value: int, bits: int) -> None:
        """Change what an operand holds; 32 bits clear the rest of a register, 8 leave it."""
        if reg is None:
            self.store(address, value, bits)
        elif bits == 8:
            self.regs[reg] = self.regs[reg] & ~0xFF | value & 0xFF
        else:
            self.regs[reg] = value & MASK[bits]

    def work(self, name: str, one: int, two: int, bits: int) -> int:
        """An operation of two numbers, flags and all."""
        self.carry = False
        if name in ("add", "sub", "cmp"):
            value = one + two if name == "add" else one - two
            self.carry = value < 0 or value > MASK[bits]
            value &= MASK[bits]
        elif name in ("and", "test"):
            value = one & two
        else:
            value = one | two if name == "or" else one ^ two
        self.zero = value == 0
        if name not in ("add", "and"):
            self.events.append((self.began, name, one, two, bits))
        return value

    def step(self) -> None:
        """One instruction."""
        self.began = self.at
        code, rex = self.byte(), 0
        if 0x40 <= code < 0x50:
            rex, code = code, self.byte()
        bits = 64 if rex & 8 else 32
        if code == 0x0F:
            self.two_bytes(rex, bits)
        elif code < 0x40 and code & 7 in (1, 3):
            reg, meant, address = self.operand(rex)
            one, two = self.get(meant, address, bits), self.regs[reg] & MASK[bits]
            if code & 2:
                one, two, meant = two, one, reg
            name = NAMES[code >> 3]
            value = self.work(name, one, two, bits)
            if name != "cmp":
                self.put(meant, address, value, bits)
        elif code in ONE_BYTE:
            ONE_BYTE[code](self, code, rex, bits)
        elif 0xB8 <= code < 0xC0:
            self.regs[code & 7 | (rex & 1) << 3] = self.signed(bits >> 3) & MASK[bits]
        elif 0x70 <= code < 0x80:
            shift = self.signed(1)
            self.at += shift if self.holds(code & 15) else 0
        elif 0x50 <= code < 0x60:
            self.push_or_pop(code, rex)
        else:
            raise Stopped

    def holds(self, condition: int) -> bool:
        """Whether a condition of jumps holds; signed ones are not known."""
        met = {1: self.carry, 2: self.zero, 3: self.carry or self.zero}[condition >> 1]
        return met != bool(condition & 1)

    def two_bytes(self, rex: int, bits: int) -> None:
        """Instructions that begin with 0F."""
        code = self.byte()
        if code == 0x05:
            self.system_call()
        elif 0x80 <= code < 0x90:
            shift = self.signed(4)
            self.at += shift if self.holds(code & 15) else 0
        elif 0xC8 <= code < 0xD0:
            reg = code & 7 | (rex & 1) << 3
            value = (self.regs[reg] & MASK[bits]).to_bytes(bits >> 3, "big")
            self.regs[reg] = int.from_bytes(value, "little")
        elif code in (0xAF, 0xB6):
            reg, meant, address = self.operand(rex)
            if code == 0xB6:
                self.regs[reg] = self.get(meant, address, 8)
            else:
                self.regs[reg] = self.regs[reg] * self.get(meant, address, bits) & MASK[bits]
        else:
            raise Stopped

    def system_call(self) -> None:
        """read, write, exit."""
        call, size = self.regs[0], self.regs[2]
        if call == 0:
            held = self.given[self.read : self.read + size]
            self.read += len(held)
            for n, value in enumerate(held):
                self.store(self.regs[6] + n, value, 8)
            self.regs[0] = len(held)
        elif call == 1:
            memory, at = self.place(self.regs[6], size)
            self.said += memory[at : at + size]
            self.regs[0] = size
        else:
            self.status = self.regs[7] & 0xFF
            raise Stopped

    def push_or_pop(self, code: int, rex: int) -> None:
        """The stack."""
        reg = code & 7 | (rex & 1) << 3
        if code < 0x58:
            self.regs[4] -= 8
            self.store(self.regs[4], self.regs[reg], 64)
        else:
            self.regs[reg] = self.load(self.regs[4], 64)
            self.regs[4] += 8

    def with_number(self, code: int, rex: int, bits: int) -> None:
        """81, 83: an operation with a number."""
        reg, meant, address = self.operand(rex)
        number = self.signed(1 if code == 0x83 else 4) & MASK[bits]
        name = NAMES[reg & 7]
        value = self.work(name, self.get(meant, address, bits), number, bits)
        if name != "cmp":
            self.put(meant, address, value, bits)

    def move(self, code: int, rex: int, bits: int) -> None:
        """63, 85, 89, 8B, 8D."""
        reg, meant, address = self.operand(rex)
        if code == 0x85:
            self.work("test", self.get(meant, address, bits), self.regs[reg] & MASK[bits], bits)
        elif code == 0x89:
            self.put(meant, address, self.regs[reg], bits)
        elif code == 0x8B:
            self.regs[reg] = self.get(meant, address, bits)
        elif code == 0x8D:
            self.regs[reg] = address & MASK[bits]
        else:
            value = self.get(meant, address, 32)
            self.regs[reg] = (value - ((value & 0x80000000) << 1)) & MASK[bits]

    def shift(self, code: int, rex: int, bits: int) -> None:
        """C0, C1, D3: shifts and turns; flags are not kept."""
        reg, meant, address = self.operand(rex)
        bits = 8 if code == 0xC0 else bits
        count = (self.regs[1] if code == 0xD3 else self.byte()) & (63 if bits == 64 else 31)
        value = self.get(meant, address, bits)
        way = reg & 7
        if way < 2:
            count = (count if way == 0 else bits - count) % bits
            value = value << count | value >> (bits - count)
        elif way in (4, 5):
            value = value << count if way == 4 else value >> count
        else:
            raise Stopped
        self.put(meant, address, value, bits)

    def one(self, code: int, rex: int, bits: int) -> None:
        """F7 and FF: of one operand."""
        reg, meant, address = self.operand(rex)
        way, value = reg & 7, self.get(meant, address, bits)
        if code == 0xFF and way == 4:
            self.at = self.get(meant, address, 64)
            return
        if code == 0xF7:
            if way not in (2, 3):
                raise Stopped
            value = ~value if way == 2 else -value
        else:
            value += 1 if way == 0 else -1
        if (code, way) != (0xF7, 2):
            self.zero = value & MASK[bits] == 0
        self.put(meant, address, value, bits)

    def jump(self, code: int, _rex: int, _bits: int) -> None:
        """C3, E8, E9, EB."""
        if code == 0xC3:
            self.at = self.load(self.regs[4], 64)
            self.regs[4] += 8
            return
        shift = self.signed(1 if code == 0xEB else 4)
        if code == 0xE8:
            self.regs[4] -= 8
            self.store(self.regs[4], self.at, 64)
        self.at += shift


ONE_BYTE: dict[int, Callable[[Machine, int, int, int], None]] = {
    **dict.fromkeys((0x81, 0x83), Machine.with_number),
    **dict.fromkeys((0x63, 0x85, 0x89, 0x8B, 0x8D), Machine.move),
    **dict.fromkeys((0xC0, 0xC1, 0xD3), Machine.shift),
    **dict.fromkeys((0xF7, 0xFF), Machine.one),
    **dict.fromkeys((0xC3, 0xE8, 0xE9, 0xEB), Machine.jump),
}
