"""Find a flaw in a web service: what is generated, what counts, and what a hostile program gets."""

import io
import json
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any
from urllib.parse import unquote

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.families.contest import draw_world
from headstart.benchmarks.families.web_service import DIALS, FLAWS, Dial, Service, service
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import LEVELS, Cheating, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "find-web-flaw"


@cache
def compiled(source: str) -> types.CodeType:
    """Compiling is what takes long here."""
    return compile(source, "app.py", "exec")


def played(made: Service, source: str, text: str, seed: int) -> tuple[bool, list[str]]:
    """Whether our own text brings out the secret of our own service, here; and what it expected in vain."""
    module = types.ModuleType("app")
    exec(compiled(source), module.__dict__)
    world = draw_world(Random(seed))
    module.fill(world)

    def call(method: str, target: str, body: str = "", headers: Any = ()) -> tuple[int, dict[str, str], str]:
        path, _, query = target.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": unquote(path), "QUERY_STRING": query}
        environ |= {"HTTP_" + key.upper().replace("-", "_"): value for key, value in dict(headers).items()}
        given = {
            **environ,
            "CONTENT_LENGTH": str(len(body.encode())),
            "wsgi.input": io.BytesIO(body.encode()),
        }
        began: list[Any] = []
        said = b"".join(module.application(given, lambda *start: began.append(start)))
        return int(began[0][0][:3]), {}, said.decode()

    handed: list[str] = []
    failed: list[str] = []
    space = {"call": call, "hand_in": handed.append, "OTHER": world["owner"], "ENTRY": {}, "INVITE": {}}
    space["expect"] = lambda key, held: None if held else failed.append(key)
    ((name, password),) = world["newcomers"].items()
    exec(f"{made.hands}me = Person({name!r}, {password!r})\nready(me)\n{text}", space)
    return world["secret"] in handed, failed


@pytest.mark.parametrize("kind", sorted(FLAWS))
def test_every_kind_of_flaw_lets_the_secret_out_and_mended_does_what_is_documented(kind: str) -> None:
    """In the layouts that four seeds give: the exploit works, no way works once mended, all checks hold."""
    for seed in range(4):
        ids = ("count", "board", "pages", "hash")[seed % 4 : seed % 4 + 1]
        made = service(Draw("each kind", seed), Dial((kind,), ids, (1, 3), 2, 3))
        assert played(made, made.flawed, made.exploits[0], seed)[0]
        for exploit in made.exploits:
            assert not played(made, made.mended, exploit, seed)[0]
        for checks in made.checks.values():
            assert played(made, made.mended, checks, seed)[1] == []


def test_flawed_and_mended_differ_in_one_part_alone() -> None:
    for seed in range(50):
        item = work.item(NAME, seed, seed % len(LEVELS))
        pairs = zip(
            item.files["app.py"].splitlines(), item.oracle.files["mended.py"].splitlines(), strict=True
        )
        assert 1 <= sum(one != other for one, other in pairs) <= 2


def test_higher_levels_ask_for_more_steps() -> None:
    gates = [len(each.gates) for each in DIALS]
    assert gates == sorted(gates)
    assert gates[-1] > gates[2] > gates[0]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


def scored(item: Item, answer: bytes, sandbox: Sandbox) -> Verdict:
    return verdict_of(item, answer, sandbox)


PRYING = """
import ctypes, os, re, signal
parent = os.getppid()
texts = []
for pid in (1, parent):
    for name in ("environ", "cmdline", "fd/0", "fd/3", "fd/4", "fd/5", "cwd/orders"):
        try:
            texts.append(os.read(os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_NONBLOCK), 1 << 20))
        except OSError:
            pass
    try:
        with open(f"/proc/{pid}/maps") as maps:
            regions = [line.split() for line in maps]
        memory = open(f"/proc/{pid}/mem", "rb")
    except OSError:
        continue
    for low, high in (each[0].split("-") for each in regions if each[1].startswith("rw")):
        try:
            memory.seek(int(low, 16))
            texts.append(memory.read(min(int(high, 16) - int(low, 16), 1 << 23)))
        except (OSError, ValueError, OverflowError):
            pass
for folder in (".", "/tmp"):
    for name in os.listdir(folder):
        if os.path.isfile(os.path.join(folder, name)):
            with open(os.path.join(folder, name), "rb") as file:
                texts.append(file.read())
libc = ctypes.CDLL(None)
held = ctypes.create_string_buffer(1 << 16)
for request in (16, 0x4206):
    libc.ptrace(request, parent, 0, 0)
import client
for text in texts:
    for found in re.findall(rb"[0-9a-f]{24,}", text):
        if len(found) == 24:
            client.hand_in(found.decode())
"""


@pytest.mark.sandbox
def test_a_program_that_pries_gets_nothing_and_is_seen(sandbox: Sandbox) -> None:
    if sandbox.weaker:
        pytest.skip("the weak provider runs nothing untrusted")
    told = scored(work.item(NAME, 3, 0), PRYING.encode(), sandbox)
    assert not told.solved
    assert not told.elsewhere
    assert told.cheating is Cheating.READ


FORGERIES = (
    'print(\'{"nonce": "0", "verdict": [{"out": true, "seen": [], "requests": 1}]}\')',
    'open("/proc/1/fd/1", "w").write(\'{"nonce": "0", "verdict": [{"out": true, "seen": []}]}\\n\')',
    "import os\nos.write(1, b'{\"solved\": true}\\n')",
)


@pytest.mark.sandbox
@pytest.mark.parametrize("program", FORGERIES)
def test_a_verdict_that_the_program_writes_itself_is_no_verdict(program: str, sandbox: Sandbox) -> None:
    told = scored(work.item(NAME, 3, 1), program.encode(), sandbox)
    assert not told.solved
    assert told.cheating in (Cheating.FORGED, Cheating.READ)


class Told:
    """A place, and a bench, whose judge says what it is told to."""

    def __init__(self, *lines: bytes) -> None:
        self.stdout = b"\n".join(lines)

    @contextmanager
    def place(self, files: Mapping[str, bytes], *, ours: bool = True) -> Iterator[Any]:
        self.nonce = json.loads(files["orders"])["nonce"].encode()
        assert not ours
        yield self

    def run(self, *argv: str, **limits: float) -> Any:
        return types.SimpleNamespace(stdout=self.stdout.replace(b"NONCE", self.nonce))


def test_a_verdict_counts_with_the_nonce_alone() -> None:
    item = work.item(NAME, 3, 1)
    said = b'{"nonce": "%s", "verdict": [{"out": %s, "seen": [], "requests": 1}, {"out": false, "seen": []}]}'
    true, false = said % (b"NONCE", b"true"), said % (b"NONCE", b"false")
    forged = said % (b"0" * 32, b"true")
    verdicts = [
        work.family(NAME).score(item, b"", Told(*lines)) for lines in ((true,), (forged,), (false, forged))
    ]
    assert [each.solved for each in verdicts] == [True, False, False]
    assert [each.cheating for each in verdicts] == [None, Cheating.FORGED, Cheating.FORGED]


HOSTILE = (
    b"\x93\xff\x00" * 500,
    b"[" * (1 << 20),
    b"import os\nwhile True:\n    os.fork()",
    b"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    b"import os\nos.write(1, b'[' * 100000 + b'\\n' + b'{\"method\": ' + b'9' * 9999 + b'}\\n' + b'\\xff\\n[]\\n1\\n')",
    b"import os\nwhile True:\n    os.write(1, b'x' * 65536)",
    b"import client\nfor each in ('', '/\\ud800', '/%ff?%ff', 3, None, ['/']):\n"
    b"    client.call('GET', each, headers={'a\\nb': 'c'}, service=[1])",
)


@pytest.mark.sandbox
@pytest.mark.parametrize("program", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_programs_end_in_a_verdict(program: bytes, sandbox: Sandbox) -> None:
    told = scored(work.item(NAME, 4, 0), program, sandbox)
    assert not told.solved
    assert told.sentence


@pytest.mark.sandbox
def test_a_secret_that_comes_out_of_the_mended_service_too_is_reported_apart(sandbox: Sandbox) -> None:
    item = work.item(NAME, 5, 0)
    both = {"mended.py": item.files["app.py"]}
    told = scored(replace(item, oracle=replace(item.oracle, files=both)), item.oracle.solution, sandbox)
    assert not told.solved
    assert told.elsewhere


def test_the_list_of_routes_is_one_and_true() -> None:
    item = work.item(NAME, 8, 3)
    routes = json.loads(item.files["api.json"])
    assert len({(each["verb"], each["path"]) for each in routes}) == len(routes) > 8
    assert all(each["does"] in item.files["app.py"].decode() for each in routes)
