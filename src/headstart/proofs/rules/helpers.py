"""What a run left to others: programs, processes and threads that it started, and whose doing theirs is."""

import re
from collections.abc import Iterable

from headstart.proofs.rules.evidence import Attribution, attribute
from headstart.proofs.rules.witness import Record, Testimony

STARTS = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn",
    "child_process.",
)  # fmt: skip
THREADS = ("thread", "worker")
_SHELL = re.compile(r"^(?:\S*/)?(?:ba|da)?sh\s+(?:(?:\S*/)?(?:ba|da)?sh\s+)?-c\s+")
_MANY = re.compile(r"[;|&<>`$\n]")  # a shell's line that does more than start one program
_INTERPRETER = re.compile(r"^(?:\S*/)?(?:python[0-9.]*|node|env)$")


def is_start(event: str) -> bool:
    """Whether an event is a program or process that was started."""
    return event.startswith("child_process.") or event in STARTS


def runs_the_target(start: Record, root: str, names: Iterable[str], built: str = "") -> bool:
    """Whether a start is of the target's own program: below its folder, or one of its modules by `python -m`.

    Its detail is what the witness wrote: the program and its arguments, in words, or a shell's line.
    """
    line = _SHELL.sub("", start.detail)
    by_shell = line != start.detail or start.event in (
        "os.system",
        "child_process.exec",
        "child_process.execSync",
    )
    if by_shell and _MANY.search(line):
        return False
    words = line.split()
    while words and _INTERPRETER.match(words[0]):
        words = words[1:]
    if not words:
        return False
    if words[0] == "-m" and len(words) > 1:
        return words[1].partition(".")[0] in {each.partition(".")[0] for each in names}
    if built:  # what the report compiled may hold the target, wherever it lies
        return "/" in words[0] and not words[0].startswith(("/usr/", "/bin/"))
    return words[0].startswith((root, "node_modules/", "./node_modules/", "../node_modules/"))


def of_the_harness(
    testimony: Testimony, *, root: str, names: Iterable[str], built: str
) -> tuple[list[Record], bool]:
    """What the harness started that is not the target's own, and whether anybody started the target's own."""
    starts = [each for each in testimony.records if is_start(each.event)]
    own = [each for each in starts if runs_the_target(each, root, names, built)]
    others = [each for each in (*starts, *testimony.of(*THREADS)) if each not in own]
    mine = [each for each in others if attribute(each.stack) is Attribution.HARNESS]
    return mine, bool(own)


def records_in_threads_of_the_target(testimony: Testimony, records: Iterable[Record]) -> bool:
    """Whether the deed was done in a thread whose own frames say nothing, where the target started every thread."""
    starts = testimony.of("thread")
    if not starts or any(attribute(each.stack) is not Attribution.TARGET for each in starts):
        return False
    return all(each.stack and each.stack[-1].function == "_bootstrap" for each in records)
