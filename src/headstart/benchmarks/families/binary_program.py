"""Generated programs of x86-64 that check a key or a serial: the draw of what is checked, and the ELF file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from headstart.benchmarks.families import binary_stages as stages
from headstart.benchmarks.families import binary_vm as vm
from headstart.benchmarks.families.binary_check import Check, key_check, serial_check
from headstart.benchmarks.families.binary_code import Out, write_asides
from headstart.benchmarks.families.elf import executable
from headstart.benchmarks.families.x86 import R12, R13, R14, R15, RBP, RBX, RSP, Assembler
from headstart.benchmarks.rules.draw import Draw

MURK = (0, 0, 0, 1, 2, 1, 2)  # by level
MACHINE_FROM = 5
ALL_BY_MACHINE_FROM = 6
LONGEST_NAME = 40
SAID = (
    ("accepted", "refused"),
    ("valid", "invalid"),
    ("welcome", "go away"),
    ("yes", "no"),
    ("licensed", "not licensed"),
)
SLOTS = {
    "name": 64,
    "serial": 64,
    "name length": 8,
    "serial length": 8,
    "mixed": 16,
    "given": 16,
    "place": 8,
    "program": 8,
    "registers": 56,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """A generated program."""

    elf: bytes
    listing: tuple[str, ...]  # mnemonics, in the order of the file
    check: Check
    said: str  # when it accepts
    shape: str


def binary(draw: Draw, level: int) -> Binary:
    """A program of this level."""
    check = key_check(draw, level) if level < 2 else serial_check(draw, level)
    asm = Assembler()
    out = Out(
        asm=asm,
        draw=draw,
        frame=draw.choice((RBX, RBP, R12, R13, R14, R15)),
        slots=_slots(draw),
        bits=check.bits,
        murk=MURK[level],
    )
    said = draw.choice(SAID)
    parts = _key_parts(out, check) if check.key else _serial_parts(out, check, level)
    apart = [draw.below(3) > 0 for _ in parts]
    functions: list[Callable[[], None]] = [
        partial(
            _main,
            out,
            [
                _called(out, n) if is_apart else part
                for n, (part, is_apart) in enumerate(zip(parts, apart, strict=True))
            ],
        ),
        partial(stages.write_reader, out),
        partial(stages.write_end, out, stages.ACCEPT, 0, len(said[0]) + 1),
        partial(stages.write_end, out, stages.REFUSE, 1, len(said[1]) + 1),
        *(partial(_function, out, n, part) for n, part in enumerate(parts) if apart[n]),
    ]
    data = _data(check, said)
    if level >= MACHINE_FROM:
        made = vm.machine(draw, check.bits, check.tables, rolling=level >= ALL_BY_MACHINE_FROM)
        functions.append(partial(vm.Interpreter(out, made).write, by_table=draw.below(2) == 0))
        data["P work"] = vm.program(made, check.work, check.rounds)
        if level >= ALL_BY_MACHINE_FROM:
            data |= {"P body": vm.program(made, check.body, 0), "P last": vm.program(made, check.last, 0)}
    _write(out, functions, data)
    elf = executable(asm.finish(), asm.place("main"))
    shape = f"{check.shape} {''.join(f'{each:d}' for each in apart)}"
    return Binary(elf=elf, listing=tuple(asm.listing), check=check, said=said[0], shape=shape)


def _slots(draw: Draw) -> dict[str, int]:
    slots, at = {}, 0
    for name in draw.shuffled(sorted(SLOTS)):
        slots[name] = at
        at += SLOTS[name]
    return slots


def _write(out: Out, functions: list[Callable[[], None]], data: dict[str, bytes]) -> None:
    """Code and data, each in an order that is drawn, one before the other or the other way round."""
    first = out.draw.below(2) == 0
    pieces = [(name, data[name]) for name in out.draw.shuffled(sorted(data))]
    if first:
        for name, held in pieces:
            out.asm.data(name, held)
    for function in out.draw.shuffled(functions):
        function()
        write_asides(out)
    if not first:
        for name, held in pieces:
            out.asm.data(name, held)


def _main(out: Out, parts: list[Callable[[], None]]) -> None:
    asm = out.asm
    asm.label("main")
    asm.number("sub", RSP, sum(SLOTS.values()) + 256, wide=True)
    asm.two("mov", out.frame, RSP, wide=True)
    for part in parts:
        part()
    asm.jump(stages.ACCEPT)


def _function(out: Out, number: int, part: Callable[[], None]) -> None:
    out.asm.label(f"part {number}")
    part()
    out.asm.back()


def _called(out: Out, number: int) -> Callable[[], None]:
    return partial(out.asm.call, f"part {number}")


def _key_parts(out: Out, check: Check) -> list[Callable[[], None]]:
    assert check.key is not None  # noqa: S101 - which check it is was asked before
    size = check.digits.length
    return [
        partial(stages.write_reading, out, "serial"),
        partial(stages.write_length, out, "serial", size, size),
        partial(stages.write_key, out, check.key),
    ]


def _serial_parts(out: Out, check: Check, level: int) -> list[Callable[[], None]]:
    """The parts in an order that is drawn, as far as one does not need the other."""
    size = check.digits.length
    plain = check.digits.alphabet in ("0123456789abcdef", "0123456789ABCDEF")
    by_table = not plain or out.draw.below(2) == 0
    mixing = partial(stages.write_mixing, out, check.start, check.body, check.last)
    work = partial(
        stages.write_rounds,
        out,
        check.work,
        check.rounds,
        unrolled=check.rounds < 5 and out.draw.below(2) == 0,
    )
    if level >= ALL_BY_MACHINE_FROM:
        mixing = partial(vm.write_mixing_there, out, check.start, "P body", "P last")
    if level >= MACHINE_FROM:
        work = partial(vm.write_rounds_there, out, "P work")
    name: list[Callable[[], None]] = [partial(stages.write_length, out, "name", 1, LONGEST_NAME), mixing]
    serial: list[Callable[[], None]] = [
        partial(stages.write_length, out, "serial", size, size),
        partial(stages.write_digits, out, check.digits, by_table=by_table),
    ]
    both = [name, serial] if out.draw.below(2) else [serial, name]
    return [
        partial(stages.write_reading, out, "name"),
        partial(stages.write_reading, out, "serial"),
        *both[0],
        *both[1],
        *([work] if check.work else []),
        partial(stages.write_compare, out, check.digits.words, out.draw.choice(stages.COMPARE)),
    ]


def _data(check: Check, said: tuple[str, str]) -> dict[str, bytes]:
    data = {
        f"{stages.ACCEPT} said": f"{said[0]}\n".encode(),
        f"{stages.REFUSE} said": f"{said[1]}\n".encode(),
    }
    for name, held in check.tables.items():
        size = 1 if name == "S" else check.bits // 8
        data[name] = b"".join(each.to_bytes(size, "little") for each in held)
    if check.key is None:
        data["A"] = check.digits.alphabet.encode()
    else:
        data |= {"W": bytes(check.key.wanted), "O": bytes(check.key.order)}
    return data
