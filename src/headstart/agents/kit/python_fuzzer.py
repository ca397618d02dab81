"""Fuzz a Python callable, guided by the lines it runs; look for undocumented exceptions and for blow-ups in time."""

import ast
import importlib
import json
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

SECONDS = (1.5, 3.0, 6.0)  # of CPU time, of a turn
LIMIT = 0.4  # seconds of CPU time after which one run is cut short
LONGEST = 200_000  # characters of an input
EDGES = ("0", "1", "-1", "2", "7", "8", "9", "15", "16", "31", "32", "64", "99", "100", "127", "128", "255", "256",
         "65535", "65536", "1e9", "", " ", "\n", "\t", "\x00", "\u00e9")  # fmt: skip


class TooSlow(BaseException):
    """One run took longer than `LIMIT`."""


def too_slow(_signal: int, _frame: FrameType | None) -> None:
    """End the run."""
    raise TooSlow


class Target:
    """The callable under test, watched."""

    def __init__(self, sheet: dict[str, str]) -> None:
        self.source = Path(sheet["source"]).resolve()
        folder = self.source if self.source.is_dir() else self.source.parent
        sys.path.insert(0, str(folder))
        module, _, name = sheet["entry"].partition(":")
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        self.call: Callable[[Any], Any] = found
        self.files = str(self.source if self.source.is_file() else folder / module.partition(".")[0])
        self.allowed = {each.strip() for each in sheet.get("allowed", "").split(",")}
        self.as_text = sheet.get("accepts", "bytes") == "text"
        self.seen: set[tuple[int, int, int]] = set()
        signal.signal(signal.SIGPROF, too_slow)

    def run(self, text: str, *, traced: bool = False) -> tuple[str, float, bool]:
        """Run it once: "ok", "slow" or the name of an undocumented exception; CPU seconds; anything new?"""
        given = text if self.as_text else text.encode("latin-1", "replace")
        edges: set[tuple[int, int, int]] = set()
        ended = "ok"
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            if traced:
                sys.settrace(self.tracer(edges))
            self.call(given)
        except TooSlow:
            ended = "slow"
        except Exception as error:  # noqa: BLE001 - any exception is the question
            if self.allowed.isdisjoint(kind.__name__ for kind in type(error).__mro__):
                ended = type(error).__name__
        finally:
            sys.settrace(None)
            signal.setitimer(signal.ITIMER_PROF, 0)
        fresh = not edges <= self.seen
        self.seen |= edges
        return ended, time.process_time() - began, fresh

    def tracer(self, edges: set[tuple[int, int, int]]) -> Callable[[FrameType, str, Any], Any]:
        """A trace function that collects pairs of lines of the target's own files."""
        last = 0

        def line(frame: FrameType, event: str, _value: Any) -> Any:
            nonlocal last
            if event == "line":
                edges.add((id(frame.f_code), last, frame.f_lineno))
                last = frame.f_lineno
            return line

        def enter(frame: FrameType, _event: str, _value: Any) -> Any:
            return line if frame.f_code.co_filename.startswith(self.files) else None

        return enter


def dictionary(sheet: dict[str, str], target: Target, seeds: list[str]) -> list[str]:
    """Tokens: those that were given, the constants of the source, the words and marks of the seeds."""
    words: list[str] = []
    if sheet.get("words"):
        words += [str(word) for word in json.loads(Path(sheet["words"]).read_text())]
    files = [target.source] if target.source.is_file() else sorted(Path(target.files).rglob("*.py"))[:60]
    if Path(target.files + ".py").is_file():
        files = [Path(target.files + ".py")]
    if not (sheet.get("words") and target.source.is_dir()):
        for file in files:
            words += constants(file.read_text(errors="replace"))
    for seed in seeds:
        words += re.findall(r"\w+|[^\w\s]+|[^\w\s]", seed)[:200]
    return [word for word in dict.fromkeys(words) if 0 < len(word) <= 40]


def constants(source: str) -> list[str]:
    """The short strings and small numbers that a module holds, docstrings aside."""
    found: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and len(node.value) <= 24:
                found.append(node.value)
            elif isinstance(node.value, bytes) and len(node.value) <= 24:
                found.append(node.value.decode("latin-1"))
            elif type(node.value) is int and 0 <= node.value < 1 << 32:
                found += [str(node.value), *([chr(node.value)] if node.value < 256 else [])]
    return found


def mutated(text: str, other: str, words: list[str], rng: random.Random) -> str:
    """One change: a word put in, a piece taken out, doubled, moved, or taken from another input."""
    at, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    if end - at > 40 and rng.random() < 0.7:
        end = at + rng.randrange(1, 12)
    word = rng.choice(words) if words and rng.random() < 0.75 else rng.choice(EDGES)
    match rng.randrange(9):
        case 0 | 1:
            return text[:at] + word + text[at:]
        case 2 | 3:
            return text[:at] + word + text[min(end, at + max(1, len(word))) :]
        case 4:
            return text[:at] + text[end:]
        case 5:
            return text[:at] + text[at:end] * rng.choice((2, 3, 8)) + text[end:]
        case 6:
            return text[:at] + other[rng.randrange(len(other) + 1) :]
        case 7:
            return re.sub(r"\d+", lambda _: rng.choice(EDGES[:19]), text, count=rng.randrange(1, 3))
        case _:
            letter = chr(rng.randrange(256)) if rng.random() < 0.5 else rng.choice("()[]{}<>\"'\\/*&;:=,.-+_ \n")
            return text[:at] + letter + text[at + rng.randrange(2) :]


def explore(
    target: Target, seeds: list[str], words: list[str], rng: random.Random, until: float
) -> tuple[str, str] | None:
    """Mutate what reaches new lines, until something undocumented happens: (input, what)."""
    kept = list(seeds) or [""]
    for text in (*kept, "", *words[:50]):
        target.run(text, traced=True)
    while time.process_time() < until:
        text = rng.choice(kept if rng.random() < 0.6 else kept[-6:])
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            text = mutated(text, rng.choice(kept), words, rng)
        text = text[:4096]
        ended, _, fresh = target.run(text, traced=True)
        if ended not in ("ok", "slow"):
            return text, ended
        if fresh:
            kept.append(text)
    return None


def pumped(rng: random.Random, words: list[str], seeds: list[str]) -> Callable[[int], str]:
    """A shape of input with a unit that can be repeated: prefix, unit x n, suffix."""
    seed = rng.choice(seeds) if seeds else ""
    cut = rng.randrange(len(seed) + 1)
    prefix = rng.choice(("", "", seed[:cut], rng.choice(words)))
    unit = "".join(rng.choice(words) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
    suffix = rng.choice(("", "!", "\x00", "\n", " ", seed[cut:], rng.choice(words), rng.choice(words)))
    return lambda times: (prefix + unit * min(times, LONGEST // max(1, len(unit))) + suffix)[:LONGEST]


def blow_up(
    target: Target, seeds: list[str], words: list[str], rng: random.Random, until: float
) -> Callable[[int], str] | None:
    """Look for a shape whose time grows much faster than its length."""
    units = [*words, *"ab01 \t\n\\\"'(<[{-_.:;,/&#*"]
    while time.process_time() < until:
        shape = pumped(rng, units, seeds)
        if target.run(shape(28))[0] == "slow":
            return shape
        _, once, _ = target.run(shape(1500))
        if once < LIMIT / 40:
            continue
        ended, twice, _ = target.run(shape(3000))
        if ended == "slow" or (twice > LIMIT / 8 and twice > once * 3.2):
            return shape
    return None


def slow_enough(sheet: dict[str, str], shape: Callable[[int], str]) -> str | None:
    """The smallest of a row of inputs of this shape on which the run of the sheet goes past its CPU time."""
    wanted = float(sheet["hang"]) * 2
    for times in (28, 32, 40, 60, 200, 1000, 3000, 6000, 12_000, 24_000, 48_000, 96_000, 200_000):
        Path("candidate").write_text(shape(times), encoding="utf-8")
        if cpu_of_run(sheet, "candidate", wanted) >= wanted:
            return shape(times)
    return None


def cpu_of_run(sheet: dict[str, str], path: str, most: float) -> float:
    """CPU seconds that the run of the sheet takes on an input, cut at `most`."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(most) + 1, int(most) + 2))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [word.replace("{input}", path) for word in shlex.split(sheet["run"])]
    subprocess.run(command, capture_output=True, check=False, preexec_fn=limit)  # noqa: PLW1509
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def raises(sheet: dict[str, str], path: str, name: str) -> bool:
    """Whether the run of the sheet ends in that exception, in a process of its own."""
    command = [word.replace("{input}", path) for word in shlex.split(sheet["run"])]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=20)
    last = ran.stderr.decode(errors="replace").rstrip().rpartition("\n")[2]
    return last.partition(":")[0].rpartition(".")[2] == name


def hand_in(sheet: dict[str, str], text: str, what: str, *, as_text: bool) -> None:
    """Leave the answer where it was asked for."""
    Path("candidate").write_bytes(text.encode("utf-8" if as_text else "latin-1", "replace"))
    if what != "hang" and not raises(sheet, "candidate", what):
        sys.stdout.write(f"{what} in the fuzzer, and not in a process of its own\n")
        return
    shutil.copy("candidate", sheet["answer"])
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, {what}\n")


def main(sheet: dict[str, str], turn: int) -> None:
    """Half of the time for exceptions, half for time itself where hangs are asked for."""
    sys.setrecursionlimit(600)
    rng = random.Random(turn)  # noqa: S311 - a fuzzer, repeatable
    target = Target(sheet)
    folder = Path(sheet.get("seeds", "seeds"))
    encoding = "utf-8" if target.as_text else "latin-1"
    seeds = [path.read_bytes().decode(encoding, "replace") for path in sorted(folder.glob("*"))]
    words = dictionary(sheet, target, seeds)
    seconds = float(sheet.get("seconds") or SECONDS[min(turn, len(SECONDS) - 1)])
    began = time.process_time()
    hangs = "hang" in sheet["goal"]
    found = explore(target, seeds, words, rng, began + seconds / (2 if hangs else 1))
    if found is not None:
        hand_in(sheet, *found, as_text=target.as_text)
        return
    shape = blow_up(target, seeds, words, rng, began + seconds) if hangs else None
    text = slow_enough(sheet, shape) if shape is not None else None
    if text is not None:
        hand_in(sheet, text, "hang", as_text=target.as_text)
        return
    sys.stdout.write(f"nothing yet: {len(target.seen)} edges seen\n")
