"""A release without a wheel is built from its source in the sandbox: whatever its code tries, one line or a wheel."""

import hashlib
import http.server
import io
import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headstart.packages.errors import Uninstallable
from headstart.packages.rules.purl import parse
from headstart.packages.work import Store, listings
from headstart.proofs.work import building, wheels
from headstart.proofs.work.wheels import SandboxedBuilder
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox

BACKEND = """
import os, zipfile
{first}
def build_wheel(folder, settings=None, metadata=None):
    {then}
    name = "{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("{name}.py", "version = '{version}'")
        info = "{name}-{version}.dist-info"
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}")
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return name
"""
PYPROJECT = """[build-system]
requires = {requires}
build-backend = "backend"
backend-path = ["."]
"""


class Index:
    """A package index (PEP 691, 700) on this machine, with what a test puts into it."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}

    def put(
        self,
        name: str,
        version: str,
        *,
        first: str = "",
        then: str = "pass",
        needs: str = "",
        requires: str = "[]",
    ) -> None:
        """A source distribution that is its own build backend; `first` and `then` are what its code does."""
        backend = BACKEND.format(name=name, version=version, first=first, then=then, needs=needs)
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as opened:
            for file, text in (
                ("backend.py", backend),
                ("pyproject.toml", PYPROJECT.format(requires=requires)),
            ):
                info = tarfile.TarInfo(f"{name}-{version}/{file}")
                info.size = len(text)
                opened.addfile(info, io.BytesIO(text.encode()))
        self.files.setdefault(name, {})[f"{name}-{version}.tar.gz"] = out.getvalue()

    def page(self, name: str, base: str) -> bytes:
        rows = [
            {"filename": file, "url": f"{base}/files/{file}", "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
             "size": len(data), "upload-time": "2020-01-01T00:00:00.000000Z", "yanked": False}
            for file, data in self.files[name].items()
        ]  # fmt: skip
        versions = [file.removesuffix(".tar.gz").rpartition("-")[2] for file in self.files[name]]
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": rows}
        return json.dumps(page).encode()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    found = Index()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            data, kind = None, "application/octet-stream"
            if parts[0] == "simple" and parts[-1] in found.files:
                kind = "application/vnd.pypi.simple.v1+json"
                data = found.page(parts[-1], f"http://127.0.0.1:{self.server.server_address[1]}")
            elif parts[0] == "files":
                data = next((each[parts[1]] for each in found.files.values() if parts[1] in each), None)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *words: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_address[1]}/simple/")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def built(sandbox: Sandbox, tmp_path: Path, index: Index) -> Callable[[str], Any]:
    store = Store(tmp_path / "store", builder=SandboxedBuilder(sandbox))
    return lambda text: store.obtain(parse(text))


def test_a_release_of_source_alone_is_built_and_runs(index: Index, built: Callable[[str], Any]) -> None:
    index.put("example", "1.0")
    found = built("pkg:pypi/example@1.0")
    assert found.own == ("example-1.0.dist-info", "example.py")
    script = f"import sys; sys.path.insert(0, {str(found.path)!r}); import example; print(example.version)"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True)
    assert done.stdout == b"1.0\n"


def test_without_a_sandbox_nothing_is_built(index: Index, tmp_path: Path) -> None:
    index.put("example", "1.0")
    with pytest.raises(Uninstallable) as refused:
        Store(tmp_path / "store").obtain(parse("pkg:pypi/example@1.0"))
    assert refused.value.step == "find a wheel"


def test_what_it_needs_is_built_too_and_told_apart(index: Index, built: Callable[[str], Any]) -> None:
    index.put("deep", "1.0")
    index.put("other", "1.0", needs="Requires-Dist: deep<2\\n")
    index.put("example", "1.0", needs="Requires-Dist: other>=1\\n")
    found = built("pkg:pypi/example@1.0")
    assert set(found.dependencies) >= {"other.py", "deep.py"}
    assert found.own == ("example-1.0.dist-info", "example.py")


def test_what_stops_it_is_named(index: Index, built: Callable[[str], Any]) -> None:
    index.put("other", "1.0", then="raise SystemExit('no luck with other')")
    index.put("example", "1.0", needs="Requires-Dist: other\\n")
    with pytest.raises(Uninstallable, match="no luck with other"):
        built("pkg:pypi/example@1.0")


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("raise SystemExit('cc: no such file')", "cc: no such file"),
        ("import socket; socket.create_connection(('127.0.0.1', 1))", "refused|nreachable"),
        ("import socket; socket.create_connection(('192.0.2.1', 80), 2)", "nreachable"),
        ("open('/site/x', 'w')", "Read-only"),
        ("while True: pass", "limit on cpu-time"),
        ("return 'absent.whl'", "left no wheel"),
        (
            "os.symlink('/etc/passwd', os.path.join(folder, 'x-1-py3-none-any.whl')); return 'x'",
            "left no wheel",
        ),
        ("os.mkfifo(os.path.join(folder, 'x-1-py3-none-any.whl')); return 'x'", "left no wheel"),
        ("open(os.path.join(folder, 'odd.whl'), 'w'); return 'odd.whl'", "no name of a wheel"),
    ],
)
def test_code_that_fails_or_misbehaves_is_one_line_with_its_step(
    index: Index, built: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, does: str, says: str
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(wheels, "BUILD", replace(building.BUILD, cpu_seconds=3))
    index.put("example", "1.0", then=does)
    with pytest.raises(Uninstallable, match=says) as refused:
        built("pkg:pypi/example@1.0")
    assert refused.value.step == "build its source"
    assert "\n" not in str(refused.value)


def test_a_wheel_that_it_made_is_unpacked_as_a_strangers(
    index: Index, built: Callable[[str], Any], tmp_path: Path
) -> None:
    evil = "name = 'x-1-py3-none-any.whl'; z = zipfile.ZipFile(os.path.join(folder, name), 'w');"
    index.put("example", "1.0", then=f"{evil} z.writestr('../out.txt', 'x'); z.close(); return name")
    with pytest.raises(Uninstallable, match="outside its folder"):
        built("pkg:pypi/example@1.0")
    assert not list(tmp_path.rglob("out.txt"))


@pytest.mark.parametrize(
    ("requires", "says"),
    [
        ('["x @ https://example.org/x.whl"]', "from an address"), ('["--index-url=x"]', "no requirement"),
        ('"x"', "no list"), ("3", "no list"), ('["../x"]', "no requirement"),
    ],
)  # fmt: skip
def test_a_build_may_need_nothing_but_named_packages(
    index: Index, built: Callable[[str], Any], requires: str, says: str
) -> None:
    index.put("example", "1.0", requires=requires)
    with pytest.raises(Uninstallable, match=says):
        built("pkg:pypi/example@1.0")


def test_what_the_backend_asks_for_while_it_runs_is_checked_too(
    index: Index, built: Callable[[str], Any]
) -> None:
    asks = "def get_requires_for_build_wheel(settings=None): return ['x @ file:///etc/passwd']"
    index.put("example", "1.0", first=asks)
    with pytest.raises(Uninstallable, match="from an address"):
        built("pkg:pypi/example@1.0")


def test_an_archive_that_is_not_the_indexs_is_refused(
    index: Index, built: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put("example", "1.0")
    real = Index.page
    monkeypatch.setattr(
        Index, "page", lambda self, *words: real(self, *words).replace(b'"sha256": "', b'"sha256": "00')[:]
    )
    with pytest.raises(Uninstallable, match="not what the index names"):
        built("pkg:pypi/example@1.0")


def test_a_releases_own_source_is_unpacked_without_running_it(index: Index, tmp_path: Path) -> None:
    index.put("example", "1.0", first="raise SystemExit('it ran')")
    source = Store(tmp_path / "store").source(parse("pkg:pypi/example@1.0"))
    assert sorted(each.name for each in source.iterdir()) == ["backend.py", "pyproject.toml"]


@pytest.mark.network
@pytest.mark.parametrize(
    ("text", "own", "with_"),
    [
        ("sqlparse@0.1.19", "sqlparse", "setuptools 57.5.0"),  # use_2to3
        ("pyyaml@3.11", "yaml", "no C compiler"),  # its extension does not compile for this Python
        ("ujson@1.35", "ujson.", "setuptools"),  # C alone
        ("markupsafe@0.23", "markupsafe", "setuptools"),
    ],
)
def test_real_old_releases_are_built(
    sandbox: Sandbox, tmp_path: Path, text: str, own: str, with_: str
) -> None:
    store = Store(tmp_path / "store", builder=SandboxedBuilder(sandbox))
    found = store.obtain(parse(f"pkg:pypi/{text}"))
    assert any(each.startswith(own) for each in found.own)
    assert any(each.startswith(with_) for each in found.built_with)


def test_a_build_that_failed_is_not_tried_again_for_a_day(
    index: Index, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put("example", "1.0", then="raise SystemExit('no luck')")
    for _ in range(2):
        with pytest.raises(Uninstallable, match="no luck"):
            Store(tmp_path / "store", builder=SandboxedBuilder(sandbox)).obtain(parse("pkg:pypi/example@1.0"))
    index.put("example", "1.0")
    with pytest.raises(Uninstallable, match="no luck"):
        Store(tmp_path / "store", builder=SandboxedBuilder(sandbox)).obtain(parse("pkg:pypi/example@1.0"))
    monkeypatch.setattr(listings, "FAILED_SECONDS", 0)
    found = Store(tmp_path / "store", builder=SandboxedBuilder(sandbox)).obtain(parse("pkg:pypi/example@1.0"))
    assert found.own == ("example-1.0.dist-info", "example.py")
