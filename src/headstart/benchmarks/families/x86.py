"""An assembler for the few instructions of x86-64 that generated programs need, and its listing.

Encodings follow the Intel 64 manual, volume 2. Registers go by number; operands are 32 bits wide, or 64 where
`wide` is set. Jumps are always near (32 bits), so a label's place never depends on another's.
"""

import struct
from dataclasses import dataclass

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = range(16)

_TWO = {
    "add": 0x01,
    "or": 0x09,
    "and": 0x21,
    "sub": 0x29,
    "xor": 0x31,
    "cmp": 0x39,
    "test": 0x85,
    "mov": 0x89,
}
_NUMBER = {"add": 0, "or": 1, "and": 4, "sub": 5, "xor": 6, "cmp": 7}
_SHIFT = {"rol": 0, "ror": 1, "shl": 4, "shr": 5}
_ONE = {"inc": (0xFF, 0), "dec": (0xFF, 1), "not": (0xF7, 2), "neg": (0xF7, 3)}
_WHEN = {"b": 2, "ae": 3, "e": 4, "ne": 5, "be": 6, "a": 7}


@dataclass(frozen=True, slots=True)
class At:
    """A place in memory: base + index * scale + offset."""

    base: int
    offset: int = 0
    index: int | None = None
    scale: int = 1


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Assembler:
    """Instructions one after the other; labels are put in at the end."""

    def __init__(self) -> None:
        self.code = bytearray()
        self.listing: list[str] = []
        self._labels: dict[str, int] = {}
        self._near: list[tuple[int, str]] = []  # where, to which label: relative to the end of the field
        self._tables: list[tuple[int, str, str]] = []  # where, label, relative to which label
        self._made = 0

    def new_label(self) -> str:
        """A label that is not in use."""
        self._made += 1
        return f".{self._made}"

    def label(self, name: str) -> None:
        """The next instruction has this name."""
        self._labels[name] = len(self.code)

    def finish(self) -> bytes:
        """The bytes, all labels put in."""
        for at, name in self._near:
            struct.pack_into("<i", self.code, at, self._labels[name] - at - 4)
        for at, name, base in self._tables:
            struct.pack_into("<i", self.code, at, self._labels[name] - self._labels[base])
        return bytes(self.code)

    def place(self, name: str) -> int:
        """The offset of a label."""
        return self._labels[name]

    def data(self, name: str, held: bytes) -> None:
        """Bytes that are no instructions."""
        self.label(name)
        self.code += held

    def offsets(self, name: str, labels: list[str]) -> None:
        """A table of 32-bit offsets of labels from the table itself."""
        self.label(name)
        for each in labels:
            self._tables.append((len(self.code), each, name))
            self.code += bytes(4)

    def _put(self, mnemonic: str, held: bytes) -> None:
        self.listing.append(mnemonic)
        self.code += held

    def _rex(self, *, wide: bool, reg: int = 0, index: int = 0, base: int = 0, byte: bool = False) -> bytes:
        bits = wide << 3 | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3
        return bytes([0x40 | bits]) if bits or byte else b""

    def _direct(self, mnemonic: str, opcode: bytes, reg: int, target: int, *, wide: bool) -> None:
        rex = self._rex(wide=wide, reg=reg, base=target)
        self._put(mnemonic, rex + opcode + bytes([0xC0 | (reg & 7) << 3 | target & 7]))

    def _memory(
        self, mnemonic: str, opcode: bytes, reg: int, at: At, *, wide: bool, byte: bool = False
    ) -> None:
        index = RSP if at.index is None else at.index
        rex = self._rex(wide=wide, reg=reg, index=0 if at.index is None else index, base=at.base, byte=byte)
        near = -128 <= at.offset < 128
        mode = 0x40 if near else 0x80
        held = rex + opcode
        if at.index is None and at.base & 7 != RSP:
            held += bytes([mode | (reg & 7) << 3 | at.base & 7])
        else:
            scale = {1: 0, 2: 1, 4: 2, 8: 3}[at.scale]
            held += bytes([mode | (reg & 7) << 3 | 4, scale << 6 | (index & 7) << 3 | at.base & 7])
        self._put(mnemonic, held + struct.pack("<b" if near else "<i", at.offset))

    def two(self, name: str, target: int, source: int, *, wide: bool = False) -> None:
        """`add target, source` and its like, between registers."""
        self._direct(name, bytes([_TWO[name]]), source, target, wide=wide)

    def number(self, name: str, target: int, value: int, *, wide: bool = False) -> None:
        """`add target, value` and its like; a value of at most 32 bits, read as signed."""
        value = _signed(value, 32)
        short = -128 <= value < 128
        rex = self._rex(wide=wide, base=target)
        tail = struct.pack("<b" if short else "<i", value)
        modrm = 0xC0 | _NUMBER[name] << 3 | target & 7
        self._put(name, rex + bytes([0x83 if short else 0x81, modrm]) + tail)

    def load_number(self, target: int, value: int, *, wide: bool = False) -> None:
        """`mov target, value`."""
        big = wide and value >> 32
        rex = self._rex(wide=bool(big), base=target)
        tail = struct.pack("<Q" if big else "<I", value)
        self._put("mov", rex + bytes([0xB8 | target & 7]) + tail)

    def shift(self, name: str, target: int, count: int, *, wide: bool = False) -> None:
        """`rol target, count` and its like."""
        rex = self._rex(wide=wide, base=target)
        self._put(name, rex + bytes([0xC1, 0xC0 | _SHIFT[name] << 3 | target & 7, count]))

    def shift_by_cl(self, name: str, target: int, *, wide: bool = False) -> None:
        """`shl target, cl` and its like."""
        rex = self._rex(wide=wide, base=target)
        self._put(name, rex + bytes([0xD3, 0xC0 | _SHIFT[name] << 3 | target & 7]))

    def shift_byte(self, name: str, target: int, count: int) -> None:
        """The same on the lowest byte of a register."""
        rex = self._rex(wide=False, base=target, byte=True)
        self._put(name, rex + bytes([0xC0, 0xC0 | _SHIFT[name] << 3 | target & 7, count]))

    def one(self, name: str, target: int, *, wide: bool = False) -> None:
        """`not target` and its like."""
        opcode, extension = _ONE[name]
        rex = self._rex(wide=wide, base=target)
        self._put(name, rex + bytes([opcode, 0xC0 | extension << 3 | target & 7]))

    def multiply(self, target: int, source: int, *, wide: bool = False) -> None:
        """`imul target, source`."""
        self._direct("imul", b"\x0f\xaf", target, source, wide=wide)

    def swap_bytes(self, target: int, *, wide: bool = False) -> None:
        """`bswap target`."""
        self._put("bswap", self._rex(wide=wide, base=target) + bytes([0x0F, 0xC8 | target & 7]))

    def load(self, target: int, at: At, *, wide: bool = False) -> None:
        """`mov target, [at]`."""
        self._memory("mov", b"\x8b", target, at, wide=wide)

    def load_byte(self, target: int, at: At) -> None:
        """`movzx target, byte [at]`."""
        self._memory("movzx", b"\x0f\xb6", target, at, wide=False)

    def load_offset(self, target: int, at: At) -> None:
        """`movsxd target, dword [at]`."""
        self._memory("movsxd", b"\x63", target, at, wide=True)

    def store(self, at: At, source: int, *, wide: bool = False) -> None:
        """`mov [at], source`."""
        self._memory("mov", b"\x89", source, at, wide=wide)

    def address(self, target: int, at: At) -> None:
        """`lea target, [at]`."""
        self._memory("lea", b"\x8d", target, at, wide=True)

    def address_of(self, target: int, name: str) -> None:
        """`lea target, [rip + label]`."""
        self._put("lea", self._rex(wide=True, reg=target) + bytes([0x8D, (target & 7) << 3 | 5]))
        self._relative(name)

    def jump(self, name: str, when: str = "") -> None:
        """`jmp label`, or `je label` and its like."""
        self._put(f"j{when or 'mp'}", bytes([0x0F, 0x80 | _WHEN[when]]) if when else b"\xe9")
        self._relative(name)

    def jump_to(self, target: int) -> None:
        """`jmp target`, an address in a register."""
        self._direct("jmp", b"\xff", 4, target, wide=False)

    def call(self, name: str) -> None:
        """`call label`."""
        self._put("call", b"\xe8")
        self._relative(name)

    def back(self) -> None:
        """`ret`."""
        self._put("ret", b"\xc3")

    def system_call(self) -> None:
        """`syscall`: clobbers rax, rcx, r11."""
        self._put("syscall", b"\x0f\x05")

    def _relative(self, name: str) -> None:
        self._near.append((len(self.code), name))
        self.code += bytes(4)
