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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

SECONDS = (0.7, 1.5, 4.0)  # of CPU time, of a turn
LIMIT = 0.4  # seconds of CPU time after which one run is cut short
LONGEST = 200_000  # characters of an input
EDGES = (
    *("0", "1", "-1", "1e999", "2", "7", "8", "9", "15", "16", "31", "32", "64", "99", "100", "127", "128"),
    *("255", "256", "65535", "65536", "1e9", "", " ", "\n", "\t", "\x00", "\u00e9"),
)


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
        self.runs = 0
        signal.signal(signal.SIGPROF, too_slow)

    def run(self, text: str, *, traced: bool = False) -> tuple[str, float, bool]:
        """Run it once: "ok", "refused", "slow" or the name of what it raised; CPU seconds; anything new?"""
        given = text if self.as_text else text.encode("latin-1", "replace")
        self.runs += 1
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
            documented = not self.allowed.isdisjoint(kind.__name__ for kind in type(error).__mro__)
            ended = "refused" if documented else type(error).__name__
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
            if isinstance(node.value, str) and len(node.value) <= 24 and " " not in node.value.strip():
                found.append(node.value)
            elif isinstance(node.value, bytes) and len(node.value) <= 24:
                found.append(node.value.decode("latin-1"))
            elif type(node.value) is int and 0 <= node.value < 1 << 32:
                found += [str(node.value), *([chr(node.value)] if node.value < 256 else [])]
    return found


def rewritten(text: str, other: str, words: list[str], rng: random.Random) -> str:
    """A line once more, somewhere, with some of its words changed: what keeps to a syntax."""
    lines = re.split(r"(?<=[\n;])", text)
    if rng.random() < 0.3:  # a line of another input as it is
        lines.insert(rng.choice((len(lines), len(lines) - 1, 0)), rng.choice(re.split(r"(?<=[\n;])", other)))
        return "".join(lines)
    pieces = re.findall(r"\w+|\s+|[^\w\s]", rng.choice(lines))
    places = [n for n, piece in enumerate(pieces) if piece[0].isalnum() or rng.random() < 0.1]
    numbers = [word for word in words if word.isdigit()] or ["0"]
    for place in rng.sample(places, min(len(places), rng.choice((1, 1, 2, 2, 3)))):
        draw = rng.random()
        if draw < 0.3:
            pieces[place] = rng.choice(numbers)
        elif draw < 0.4:
            pieces[place] = rng.choice(EDGES)
        elif draw < 0.5:
            pieces[place] = "".join(
                rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randrange(1, 12))
            )
        else:
            pieces[place] = rng.choice(words)
    lines.insert(len(lines) if rng.random() < 0.6 else rng.randrange(len(lines) + 1), "".join(pieces))
    return "".join(lines)


def mutated(text: str, other: str, words: list[str], rng: random.Random) -> str:
    """One change: a word put in, a piece taken out, doubled, moved, or taken from another input."""
    at, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    if end - at > 40 and rng.random() < 0.7:
        end = at + rng.randrange(1, 12)
    word = rng.choice(words) if words and rng.random() < 0.75 else rng.choice(EDGES)
    if text and words and rng.random() < 0.6:
        return rewritten(text, other, words, rng)
    letter = chr(rng.randrange(256)) if rng.random() < 0.5 else rng.choice("()[]{}<>\"'\\/*&;:=,.-+_ \n")
    ways: tuple[Callable[[], str], ...] = (
        lambda: text[:at] + word + text[at:],
        lambda: text[:at] + word + text[min(end, at + max(1, len(word))) :],
        lambda: text[:at] + text[end:],
        lambda: text[:at] + text[at:end] * rng.choice((2, 3, 8)) + text[end:],
        lambda: text[:at] + other[rng.randrange(len(other) + 1) :],
        lambda: re.sub(r"\d+", lambda _: rng.choice(EDGES[:20]), text, count=rng.randrange(1, 3)),
        lambda: text[:at] + letter + text[at + rng.randrange(2) :],
    )
    return rng.choice(ways)()


def one_word_off(text: str, words: list[str]) -> Iterator[str]:
    """Each line of the text once more at its end, with one word replaced by each that is known, or left out."""
    newline = "\n" if "\n" in text else ""
    for line in dict.fromkeys(re.split(r"(?<=[\n;])", text.strip())):
        pieces = re.findall(r"\w+|\s+|[^\w\s]", line)
        for place, piece in enumerate(pieces):
            if not piece[0].isalnum():
                continue
            for word in ("", *words, *EDGES[:16]):
                changed = "".join([*pieces[:place], word, *pieces[place + 1 :]])
                yield text.rstrip() + newline + changed + newline


class Search:
    """Mutate what reaches new lines, until something undocumented happens."""

    def __init__(
        self, target: Target, seeds: list[str], words: list[str], rng: random.Random, longest: int
    ) -> None:
        self.target, self.words, self.rng, self.longest = target, words, rng, longest
        self.kept: list[str] = []  # came to a good end: what is added to them is read
        self.others: list[str] = []  # refused somewhere
        self.untried: list[str] = []
        self.found: tuple[str, str] | None = None
        for text in (*seeds, *words[:50], ""):
            self.attempt(text, keep=text in seeds)

    def attempt(self, text: str, *, keep: bool = False) -> bool:
        """Run one input; True where it is what was looked for."""
        ended, _, fresh = self.target.run(text[: self.longest], traced=True)
        if ended not in ("ok", "refused", "slow"):
            self.found = (text[: self.longest], ended)
        elif (fresh or keep) and ended == "ok":
            self.kept.append(text[: self.longest])
            self.untried.append(text[: self.longest])
        elif fresh and ended == "refused":
            self.others.append(text[: self.longest])
        return self.found is not None

    def until(self, moment: float) -> tuple[str, str] | None:
        """Go on until that moment of CPU time: (input, what happened)."""
        while self.found is None and time.process_time() < moment:
            if self.untried:
                for text in one_word_off(self.untried.pop(), self.words[:120]):
                    if self.attempt(text) or time.process_time() > moment:
                        break
            for _ in range(400):
                if self.attempt(self.mutant()) or time.process_time() > moment:
                    break
        return self.found

    def mutant(self) -> str:
        """One of the kept inputs, changed in a few places."""
        rng = self.rng
        pool = self.kept if self.kept and (rng.random() < 0.8 or not self.others) else self.others or [""]
        text = rng.choice(pool if rng.random() < 0.5 else pool[-5:])
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            text = mutated(text, rng.choice(pool), self.words, rng)
        return text


@dataclass(frozen=True)
class Shape:
    """A kind of input with a unit that can be repeated: prefix, unit x n, suffix."""

    prefix: str
    unit: str
    suffix: str

    def text(self, times: int, longest: int) -> str:
        """The input, of at most `longest` characters."""
        room = max(0, longest - len(self.prefix) - len(self.suffix)) // max(1, len(self.unit))
        return (self.prefix + self.unit * min(times, room) + self.suffix)[:longest]


def shapes(words: list[str], seeds: list[str], rng: random.Random) -> Iterator[Shape]:
    """Shapes without end: short words first, as the pieces of a language that repeat are short."""
    short = [word for word in words if len(word) <= 2]
    while True:
        seed = rng.choice(seeds) if seeds else ""
        cut = rng.randrange(len(seed) + 1)
        prefix = rng.choice((rng.choice(short), rng.choice(short), rng.choice(words), "", seed[:cut]))
        units = [
            rng.choice(short if rng.random() < 0.7 else words) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))
        ]
        suffix = rng.choice(("", "", "!", "\x00", "\n", " ", seed[cut:], rng.choice(words)))
        yield Shape(prefix, "".join(units), suffix)


def blow_up(target: Target, found: Iterator[Shape], longest: int, until: float) -> Shape | None:
    """Look for a shape whose time grows much faster than its length."""
    half = min(longest // 2, 1500)
    for shape in found:
        if time.process_time() > until:
            return None
        if target.run(shape.text(28, longest))[0] == "slow":
            return shape
        text = shape.text(LONGEST, half)
        ended, once, _ = target.run(text)
        if ended == "slow":
            return shape
        if once < LIMIT / 40:
            continue
        ended, twice, _ = target.run(shape.text(LONGEST, 2 * half))
        if ended == "slow" or (twice > LIMIT / 8 and twice > once * 3.2):
            return shape
    return None


def slow_enough(sheet: dict[str, str], shape: Shape, longest: int) -> str | None:
    """The first of a row of inputs of this shape, each longer, on which the run takes too much CPU time."""
    wanted = float(sheet["hang"]) * 2
    last = ""
    for times in (24, 32, 40, 60, 120, 250, 1000, 3000, 6000, 12_000, 24_000, 48_000, 96_000, LONGEST):
        text = shape.text(times, longest)
        if text == last:
            return None
        last = text
        Path("candidate").write_bytes(text.encode("utf-8", "replace"))
        if cpu_of_run(sheet, "candidate", wanted) >= wanted:
            return text
    return None


def cpu_of_run(sheet: dict[str, str], path: str, most: float) -> float:
    """CPU seconds that the run of the sheet takes on an input, cut at `most`."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(most) + 1, int(most) + 2))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [word.replace("{input}", path) for word in shlex.split(sheet["run"])]
    subprocess.run(command, capture_output=True, check=False, preexec_fn=limit)
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


def look(target: Target, sheet: dict[str, str], turn: int) -> tuple[str, str] | None:
    """An input and what it does; more than half of the time goes to hangs where they are asked for."""
    rng = random.Random(turn)  # noqa: S311 - a fuzzer, repeatable
    encoding = "utf-8" if target.as_text else "latin-1"
    folder = Path(sheet.get("seeds", "seeds"))
    seeds = [path.read_bytes().decode(encoding, "replace") for path in sorted(folder.glob("*"))]
    words = dictionary(sheet, target, seeds)
    seconds = float(sheet.get("seconds") or SECONDS[min(turn, len(SECONDS) - 1)])
    longest = int(sheet.get("longest") or LONGEST)
    began = time.process_time()
    search = Search(target, seeds, words, rng, min(longest, 4096))
    if "hang" not in sheet["goal"]:
        return search.until(began + seconds)
    found = shapes([*words, *"ab01 \t\n\\\"'(<[{-_.:;,/&#*"], seeds, rng)
    for part in range(8):
        if (shown := search.until(began + seconds * (part + 0.4) / 8)) is not None:
            return shown
        shape = blow_up(target, found, longest, began + seconds * (part + 1) / 8)
        if shape is not None and (text := slow_enough(sheet, shape, longest)) is not None:
            return text, "hang"
    return None


def main(sheet: dict[str, str], turn: int) -> None:
    """Look for a flaw and hand in what shows it."""
    target = Target(sheet)
    found = look(target, sheet, turn)
    if found is None:
        sys.stdout.write(f"nothing yet: {target.runs} runs, {len(target.seen)} edges seen\n")
    else:
        hand_in(sheet, *found, as_text=target.as_text)
