"""Mend C near the line that a crash log names: what a quick look would try, the first that is silent is handed in.

Guards are altered (`>` to `>=`), put round the statement that touches memory, or a pointer is cleared where what it
points to is freed. The functions serve `mend_c_fuzzer` and `triage_pile_fuzzer` too.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

TRIES = 7
FRAME = re.compile(r"#\d+ 0x[0-9a-f]+ in (\w+) \S*?\.c:(\d+)")
SUBSCRIPT = re.compile(r"([A-Za-z_][\w.]*(?:->\w+)*)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]")
SANITISED = ("-g", "-O0", "-w", "-fsanitize=address")

BOUNDED = ("sh", "-c", 'ulimit -t 1; exec "$0" "$1"')

Frames = list[tuple[str, int]]


def main(sheet: dict[str, str], _turn: int) -> None:
    """Hand in the first mend that silences what was handed out and leaves the ordinary inputs as they are."""
    source = Path(sheet["source"]).read_text()
    triggers = [sheet["trigger"]] if sheet.get("trigger") else []
    log = Path(sheet["log"]).read_text() if sheet.get("log") else ""
    tests = [str(path) for path in sorted(Path(sheet["seeds"]).glob("*"))]
    wanted = outputs(source, tests)
    tried = list(candidates(source, frames(log)))[:TRIES] if log else []
    for mended in tried:
        ran = outputs(mended, [*tests, *triggers])
        if ran and ran[: len(tests)] == wanted and all(is_silent(each) for each in ran):
            hand_in(sheet, mended)
            return
    sys.stdout.write("no mend was right\n")


def hand_in(sheet: dict[str, str], mended: str) -> None:
    """Write the answer, and say so."""
    Path(sheet["answer"]).write_text(mended)
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, a mended source\n")


def frames(log: str) -> Frames:
    """Function and line of each frame of the first stack."""
    first = log.partition("\n\n")[0]
    return [
        (name, int(line)) for name, line in FRAME.findall(first) if name not in ("main", "__interceptor_free")
    ]


def outputs(source: str, inputs: Sequence[str], name: str = "tried") -> list[tuple[int, str, str]]:
    """Status, output and errors of the program on each input; nothing if it does not build, or runs on and on."""
    Path(f"{name}.c").write_text(source)
    built = subprocess.run(
        ["cc", *SANITISED, f"{name}.c", "-o", name], capture_output=True, check=False, timeout=20
    )
    if built.returncode != 0:
        return []
    found = []
    for each in inputs:
        ran = subprocess.run([*BOUNDED, f"./{name}", each], capture_output=True, check=False)
        if -ran.returncode in (signal.SIGXCPU, signal.SIGKILL):
            return []
        found.append(
            (ran.returncode, ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace"))
        )
    return found


def is_silent(ran: tuple[int, str, str]) -> bool:
    """Whether a run ended by itself, without a report."""
    return ran[0] >= 0 and "ERROR" not in ran[2]


def candidates(source: str, stack: Frames) -> Iterator[str]:
    """Mended sources, the likeliest first."""
    lines = source.splitlines()
    seen = {source}
    for edit in (wrapped, cleared, unconditional, other_signs, clamped, roomier):
        for number, text in edit(lines, stack):
            mended = "\n".join([*lines[:number], text, *lines[number + 1 :], ""])
            if mended not in seen:
                seen.add(mended)
                yield mended


Edits = Iterator[tuple[int, str]]


def wrapped(lines: list[str], stack: Frames) -> Edits:
    """The statement that failed, done only where its index is below what was allocated."""
    for _, line in stack[:2]:
        number = line - 1
        if not 0 <= number < len(lines):
            continue
        text = lines[number]
        indent = text[: len(text) - len(text.lstrip())]
        for base, index in (*SUBSCRIPT.findall(text), *arguments(text)):
            plain = re.sub(r"\+\+|--(?=\w)", "", index) + (" - 1" if index.startswith("--") else "")
            for size in sizes(lines, number, base):
                yield number, f"{indent}if ((size_t)({plain}) < (size_t)({size})) {text.strip()}"


def arguments(text: str) -> list[tuple[str, str]]:
    """A call's first argument with each of its others: where a helper does what its caller should have asked about."""
    call = re.fullmatch(r"\s*(?:\w+)\((.*)\);", text)
    if not call:
        return []
    first, *others = re.split(r",\s*(?![^()\[\]]*[)\]])", call[1])
    return [(first, each) for each in others]


def sizes(lines: list[str], number: int, base: str) -> list[str]:
    """How many there are in `base`, as far as its allocations tell, the nearest first."""
    name = re.escape(base)
    found: list[tuple[int, str]] = []
    begins = max(
        (at for at in range(number) if lines[at].endswith(") {") and lines[at][:1].strip()), default=0
    )
    here = range(begins, number)
    for at, text in enumerate(lines):
        if at in here and re.search(rf"\b(?:char|short|int|unsigned|long) (?:\w+ )*{name}\[[^\]]*\]", text):
            found.append((abs(number - at), f"sizeof {base} / sizeof *{base}"))
        if said := re.search(rf"{name} = (?:calloc\(([^,]*), (.*?)\)|malloc\((.*?)\));", text):
            count, each, plain = said.groups()
            size = plain or (each if count == "1" else count)
            if at in here or re.fullmatch(r"\d+|s->\w+", size):
                found.append((abs(number - at), size))
    return [size for _, size in sorted(found)]


def cleared(lines: list[str], stack: Frames) -> Edits:
    """A pointer cleared where what it points to is freed, and those that were made from it."""
    del stack
    made = re.findall(r"(\w+->\w+) = (\w+->\w+) \+", "\n".join(lines))
    for number, text in enumerate(lines):
        freed = re.fullmatch(r"(\s*)free\((\w+->\w+)\);", text)
        if not freed:
            continue
        for pointer in (freed[2], *(one for one, other in made if other == freed[2])):
            yield number, f"{text} {pointer} = NULL;"


def unconditional(lines: list[str], stack: Frames) -> Edits:
    """What is remembered only sometimes, always."""
    del stack
    for number, text in enumerate(lines):
        if found := re.fullmatch(r"(\s*)if \([^;{}]*\) (\w+->\w+ = [^;]*;)", text):
            yield number, found[1] + found[2]


def other_signs(lines: list[str], stack: Frames) -> Edits:
    """Comparisons and types of the functions on the stack, each a little stricter."""
    for name, line in stack:
        for number in reversed(body(lines, name, line)):
            text = lines[number]
            yield from (
                (number, text[: at.start()] + ">=" + text[at.end() :])
                for at in re.finditer(r"(?<!-)>(?![=>])", text)
            )
            for at in re.finditer(r"(\w+) < (\w+)", text):
                yield number, f"{text[: at.start()]}{at[1]} + 1 < {at[2]}{text[at.end() :]}"
            if found := re.fullmatch(r"(\s*)unsigned char (\w+) = \(unsigned char\)(.*)", text):
                yield number, f"{found[1]}size_t {found[2]} = {found[3]}"
            if found := re.fullmatch(r"(.*)\b(\w+) / 2(.*)", text):
                yield number, f"{found[1]}{found[2]}{found[3]}"
            if found := re.fullmatch(r"(\s*)if \(n < (\d+)\) return;", text):
                yield number, f"{found[1]}if (n < {found[2]} || p[0] > n - 1) return;"


def body(lines: list[str], name: str, line: int) -> list[int]:
    """The numbers of a function's lines, to the one that failed."""
    starts = [at for at, text in enumerate(lines) if re.search(rf"\b{name}\(.*\) {{$", text)]
    return list(range(starts[0] + 1, min(line, len(lines)))) if starts else []


def clamped(lines: list[str], stack: Frames) -> Edits:
    """What comes from the input and is remembered, no more than what was allocated near it."""
    del stack
    for number, text in enumerate(lines):
        if found := re.fullmatch(r"(\s*)(\w+->\w+) = (p\[\d\]);", text):
            near = "\n".join(lines[max(0, number - 4) : number])
            for size in re.findall(r"calloc\(1, (\d+)\)", near):
                yield number, f"{found[1]}{found[2]} = {found[3]} < {size} ? {found[3]} : {size};"


def roomier(lines: list[str], stack: Frames) -> Edits:
    """A little more room for what the failing function fills."""
    for name, line in stack[:2]:
        for number in body(lines, name, line):
            text = lines[number]
            if found := re.fullmatch(r"(\s*unsigned char \w+)\[(\d+)\](.*)", text):
                yield number, f"{found[1]}[{int(found[2]) + 1}]{found[3]}"
            if found := re.fullmatch(r"(.* = (?:calloc\(1, |malloc\())(.*)\);", text):
                yield number, f"{found[1]}2 * ({found[2]}) + 8);"
