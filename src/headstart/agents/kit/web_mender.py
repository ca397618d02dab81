"""Mend a web service by small edits where an exploit went, with guards as siblings have them, until it gets nothing."""

import ast
import difflib
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

Asked = dict[str, Any]
Exploit = Callable[[Any], None]
COMMON = 0.5  # of requests: a function that runs in more than that is no handler


class Client:
    """What an exploit imports as `client`, played in this process."""

    def __init__(self, application: Any, world: dict[str, Any]) -> None:
        ((self.NAME, self.PASSWORD),) = world["newcomers"].items()
        self.OTHER = world["owner"]
        self.application, self.secret = application, world["secret"]
        self.log: list[tuple[Asked, dict[str, Any]]] = []
        self.is_out = False

    def call(
        self, method: str, target: str, body: str = "", headers: Any = None
    ) -> tuple[int, dict[str, str], str]:
        """One request."""
        asked = {"method": method, "target": target, "body": body, "headers": dict(headers or {})}
        said = play().answered(self.application, asked)
        self.log.append((asked, said))
        self.is_out = self.is_out or self.secret in said["body"]
        return said["status"], said["headers"], said["body"]

    def hand_in(self, secret: str) -> None:
        """What comes out is seen in the answers."""


def play() -> Any:
    """The rehearsal that was handed out."""
    import play as module  # type: ignore[import-not-found]

    return module


def world() -> dict[str, Any]:
    """The same people every time."""
    made: dict[str, Any] = play().draw_world(random.Random(5))  # noqa: S311 - a rehearsal
    return made


def exploit_of(path: str) -> Exploit:
    """The program that was given, run in this process."""
    code = compile(Path(path).read_text(), path, "exec")

    def run(client: Any) -> None:
        sys.modules["client"] = client
        exec(code, {"__name__": "__main__"})  # noqa: S102 - handed out with the task

    return run


def leaking(source: str, exploit: Exploit) -> list[Asked]:
    """The requests up to the one that brings the secret out; none if it does not."""
    client = Client(play().load(source, world()), world())
    try:
        exploit(client)
    except Exception:  # noqa: BLE001 - an exploit that is no longer fed may fail in any way
        sys.stdout.write("the exploit broke off\n")
    for at, (_, said) in enumerate(client.log):
        if client.secret in said["body"]:
            return [asked for asked, _ in client.log[: at + 1]]
    return []


def leaks(source: str, requests: list[Asked]) -> bool:
    """Whether those requests bring out the secret."""
    people = world()
    application = play().load(source, people)
    return any(people["secret"] in play().answered(application, asked)["body"] for asked in requests)


def shorter(source: str, requests: list[Asked]) -> list[Asked]:
    """Fewer requests that still bring it out: chunks are left out, then smaller ones."""
    size = len(requests) // 2
    while size:
        for at in range(len(requests) - 1 - size, -1, -size):
            less = requests[:at] + requests[at + size :]
            if leaks(source, less):
                requests = less
        size //= 2
    return requests


def ordinary(source: str, visit: Callable[[Any], None]) -> list[Asked]:
    """What someone asks who uses the service as they should."""
    client = Client(play().load(source, world()), world())
    client.OTHER = "nobody"
    visit(client)
    return [asked for asked, _ in client.log]


def answers(source: str, requests: list[Asked]) -> list[tuple[int, str]]:
    """What the service says to those requests, from the beginning."""
    application = play().load(source, world())
    said = [play().answered(application, asked) for asked in requests]
    return [(each["status"], each["body"]) for each in said]


def differs(before: list[tuple[int, str]], after: list[tuple[int, str]]) -> bool:
    """Whether ordinary use is answered in another way, but for answers that told the secret."""
    secret = world()["secret"]
    pairs = zip(before, after, strict=False)
    return len(before) != len(after) or any(one != other for one, other in pairs if secret not in one[1])


def suspects(source: str, requests: list[Asked]) -> list[str]:
    """Functions that ran in those requests, the last first, but for those that run in most."""
    application = play().load(source, world())
    ran: list[list[str]] = []

    def watch(frame: FrameType, _event: str, _value: Any) -> None:
        if frame.f_code.co_filename == "app.py":
            ran[-1].append(frame.f_code.co_name)

    for asked in requests:
        ran.append([])
        sys.settrace(watch)
        play().answered(application, asked)
        sys.settrace(None)
    often = {
        name for each in ran for name in each if sum(name in one for one in ran) > max(1, COMMON * len(ran))
    }
    rare = [name for each in reversed(ran) for name in each if name not in often]
    named = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return list(
        dict.fromkeys([*[name for name in rare if name in named], *[name for name in often if name in named]])
    )


def spans(source: str) -> dict[str, tuple[int, int]]:
    """First and last line of each function, from 0."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return {node.name: (node.lineno - 1, node.end_lineno or node.lineno) for node in found}


def owned(lines: list[str], at: int) -> Iterator[list[str]]:
    """A check of the owner, as siblings have it, where a thing is looked up."""
    line = lines[at]
    room = line[: len(line) - len(line.lstrip())]
    if found := re.match(r"\s*if (\w+) is None:$", line):
        yield [f'{room}if {found[1]} is None or {found[1]}["owner"] != user:']
    for name in re.findall(r"\b(\w+)(?=[ ,=\w]* = .*\bfind\()", line):
        yield [
            line,
            f'{room}if {name} is not None and {name}["owner"] != user:',
            f'{room}    raise Refused(404, "no")',
        ]
    if re.search(r"\.get\([^()]*, user\)", line):
        yield [re.sub(r"[\w.]+(\(.*\))?\.get\([^()]*, user\)", "user", line)]


def swapped(lines: list[str], at: int) -> Iterator[list[str]]:
    """Another word in a test, and keys that name the user."""
    line = lines[at]
    room = line[: len(line) - len(line.lstrip())]
    for one, other in (
        ("any(", "all("),
        (" not in ", " != "),
        (" and ", " or "),
        (" or ", " and "),
        ("[0]", ""),
    ):
        if line.lstrip().startswith("if ") and one in line:
            yield [line.replace(one, other, 1)]
    if found := re.match(r"\s*if (.*?)(\w+)\[0\] != user:$", line):
        yield [f"{room}if {found[1]}{found[2]} != [user]:"]
    if found := re.match(r"\s*if (.*?)(\w+)\[-1\] != user:$", line):
        yield [f"{room}if {found[1]}{found[2]} != [user]:"]
    if found := re.match(r"\s*if .*?([\w.]+\([^()]*\)|\w+) (?:not in|!=) (held\[\W\w+\W\])", line):
        yield [f"{room}if {found[1]} != {found[2]}:"]
    if found := re.match(r"\s*if .*\(?(\w+)\)?.* (?:user|\buser\b)", line):
        yield [f"{room}if {found[1]} != user:"]
    if found := re.match(r"\s*(\w+) = (.+)$", line):
        yield [f"{room}{found[1]} = (user, {found[2]})"]
        yield [line, f"{room}if user not in {found[1]}:", f'{room}    raise Refused(403, "no")']
        yield [line, f'{room}{found[1]} = {found[1]}.replace("\'", "\'\'")']


def tuples(lines: list[str], at: int) -> Iterator[list[str]]:
    """Only the names that the next lines speak of, instead of all but some."""
    if found := re.match(r"(\s*)if (\w+) in \(.*\):$", lines[at]):
        for other in re.findall(r"\((?:['\"]\w+['\"], ?)+['\"]\w+['\"]\)", "\n".join(lines[at + 1 : at + 9])):
            yield [f"{found[1]}if {found[2]} not in {other}:"]


def siblings(lines: list[str], at: int) -> Iterator[list[str]]:
    """Tests of other functions, the most alike first."""
    line = lines[at]
    if not line.lstrip().startswith("if "):
        return
    room = len(line) - len(line.lstrip())
    others = {
        each for each in lines if each[room:].startswith("if ") and not each[:room].strip() and each != line
    }
    ranked = sorted(others, key=lambda each: (-difflib.SequenceMatcher(None, each, line).ratio(), each))
    yield from ([each] for each in ranked[:6])


def edits(source: str, names: list[str], *, thorough: bool) -> Iterator[str]:
    """The source with one place changed, the likeliest first."""
    lines, where = source.split("\n"), spans(source)
    seen = {source}
    for ways in (owned, tuples, swapped, siblings) if thorough else (owned,):
        for name in names:
            first, last = where[name]
            for at in range(first + 1, last):
                for new in ways(lines, at):
                    text = "\n".join([*lines[:at], *new, *lines[at + 1 :]])
                    if text not in seen and parses(text):
                        seen.add(text)
                        yield text


def parses(source: str) -> bool:
    """Whether it is Python at all."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def mended(
    source: str, exploit: Exploit, visit: Callable[[Any], None], most: int, *, thorough: bool
) -> str | None:
    """The first edit after which the exploit gets nothing and ordinary use is as it was."""
    requests = leaking(source, exploit)
    if not requests:
        return None
    requests = shorter(source, requests)
    use = ordinary(source, visit)
    before = answers(source, use)
    for _, text in zip(
        range(most), edits(source, suspects(source, requests), thorough=thorough), strict=False
    ):
        try:
            if leaks(text, requests) or differs(before, answers(text, use)) or checked(text):
                continue
        except Exception:  # noqa: BLE001, S112 - an edit may break the service in any way
            continue
        if not leaking(text, exploit):
            return text
    return None


def checked(source: str) -> list[str]:
    """What the handed out checks say."""
    import check  # type: ignore[import-not-found]

    failed: list[str] = check.main(source)
    return failed
