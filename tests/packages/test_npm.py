"""npm: what a release needs is resolved as of its own day, if the registry's dates make sense; nothing of it is run."""

import base64
import hashlib
import http.server
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from headstart.packages.errors import Uninstallable
from headstart.packages.providers import commands
from headstart.packages.rules.dates import are_reliable
from headstart.packages.rules.purl import parse
from headstart.packages.work import Store

FIRST = datetime(2018, 1, 1, tzinfo=UTC)
needs_npm = pytest.mark.skipif(commands.npm() is None, reason="no npm here")


def days(*numbers: float) -> list[datetime]:
    return [FIRST + timedelta(days=each) for each in numbers]


def dated(*pairs: tuple[str, float]) -> dict[str, datetime]:
    return {version: FIRST + timedelta(days=day) for version, day in pairs}


def test_dates_in_the_order_of_versions_are_relied_on_line_by_line() -> None:
    found = dated(("1.0.0", 1), ("1.0.1", 2), ("2.0.0", 3), ("1.0.2", 4), ("2.0.1", 5), ("2.0.0-rc.1", 9))
    assert are_reliable("npm", found, FIRST)


@pytest.mark.parametrize(
    ("found", "created"),
    [
        (dated(("1.0.0", 5), ("1.0.1", 2), ("1.0.2", 9)), FIRST),  # a mirror fetched them in any order
        (dated(("1.0.0", 1), ("1.0.1", 2)), FIRST + timedelta(days=1.5)),  # older than the package itself
        (dated(("1.0.0", 1), ("1.0.1", 2)), None),
    ],
)
def test_dates_that_make_no_sense_of_each_other_are_not(
    found: dict[str, datetime], created: datetime | None
) -> None:
    assert not are_reliable("npm", found, created)


def test_one_slip_of_a_publisher_is_forgiven() -> None:
    found = dated(*((f"1.0.{number}", number) for number in range(30)))
    found["1.0.7"], found["1.0.8"] = found["1.0.8"], found["1.0.7"]
    assert are_reliable("npm", found, FIRST)


class Registry:
    """An npm registry on this machine, with what a test puts into it."""

    def __init__(self) -> None:
        self.packages: dict[str, dict[str, dict[str, Any]]] = {}
        self.times: dict[str, dict[str, str]] = {}
        self.tarballs: dict[str, bytes] = {}
        self.at = ""

    def put(self, name: str, version: str, day: float, **more: Any) -> None:
        manifest = {"name": name, "version": version, **more}
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as opened:
            data = json.dumps(manifest).encode()
            for file, content in (
                ("package.json", data),
                ("index.js", f"module.exports={version!r}".encode()),
            ):
                info = tarfile.TarInfo(f"package/{file}")
                info.size = len(content)
                opened.addfile(info, io.BytesIO(content))
        path = f"{name}/-/{name.rsplit('/', maxsplit=1)[-1]}-{version}.tgz"
        self.tarballs[path] = out.getvalue()
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(out.getvalue()).digest()).decode()
        dist = {"tarball": f"{self.at}/{path}", "integrity": integrity}
        self.packages.setdefault(name, {})[version] = {**manifest, "dist": dist}
        times = self.times.setdefault(
            name, {"created": days(0)[0].isoformat(), "modified": days(0)[0].isoformat()}
        )
        times[version] = days(day)[0].isoformat()

    def page(self, name: str) -> bytes:
        versions = self.packages[name]
        page = {
            "name": name,
            "versions": versions,
            "time": self.times[name],
            "dist-tags": {"latest": list(versions)[-1]},
        }
        return json.dumps(page).encode()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    found = Registry()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path).strip("/")
            data = found.page(path) if path in found.packages else found.tarballs.get(path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *words: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.at = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("npm_config_registry", found.at + "/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    yield found
    server.shutdown()
    server.server_close()


def version_of(path: Path, name: str) -> str:
    return str(json.loads((path / "node_modules" / name / "package.json").read_text())["version"])


@needs_npm
def test_what_a_release_needs_is_as_it_was_on_its_day(registry: Registry, tmp_path: Path) -> None:
    for number in range(4):
        registry.put("needed", f"1.0.{number}", 100 * number)
    registry.put("example", "1.0.0", 150, dependencies={"needed": "^1.0.0"})
    found = Store(tmp_path / "store").obtain(parse("pkg:npm/example@1.0.0"))
    assert version_of(found.path, "needed") == "1.0.1"
    assert (found.own, found.dependencies) == (("node_modules/example",), ("node_modules/needed",))
    assert found.published == days(150)[0]
    assert found.as_of == days(151)[0]


@needs_npm
def test_where_the_dates_are_a_mirrors_own_it_is_as_of_today_and_said_so(
    registry: Registry, tmp_path: Path
) -> None:
    for number, day in enumerate((400, 10, 300)):
        registry.put("needed", f"1.0.{number}", day)
        registry.put("example", f"1.0.{number}", day, dependencies={"needed": "^1.0.0"})
    found = Store(tmp_path / "store").obtain(parse("pkg:npm/example@1.0.1"))
    assert version_of(found.path, "needed") == "1.0.2"
    assert (found.published, found.as_of) == (None, None)


@needs_npm
def test_what_was_not_there_on_the_day_is_had_from_a_later_one(registry: Registry, tmp_path: Path) -> None:
    registry.put("needed", "1.0.0", 300)
    registry.put("example", "1.0.0", 150, dependencies={"needed": "^1.0.0"})
    found = Store(tmp_path / "store").obtain(parse("pkg:npm/example@1.0.0"))
    assert found.as_of == days(150 + 365)[0]


@needs_npm
def test_optional_and_peer_dependencies_come_and_no_script_or_program_runs(
    registry: Registry, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    scripts = dict.fromkeys(("preinstall", "install", "postinstall", "prepare"), f"touch {ran}")
    registry.put("peer", "1.0.0", 1, scripts=scripts)
    registry.put("maybe", "1.0.0", 1, scripts=scripts, bin={"maybe": "index.js"})
    registry.put("example", "1.0.0", 2, scripts=scripts, peerDependencies={"peer": "1"},
                 optionalDependencies={"maybe": "1", "absent": "1"})  # fmt: skip
    found = Store(tmp_path / "store").obtain(parse("pkg:npm/example@1.0.0"))
    assert set(found.dependencies) == {"node_modules/maybe", "node_modules/peer"}
    assert not ran.exists()
    assert not (found.path / "node_modules" / ".bin").exists()


@needs_npm
def test_a_dependency_that_is_a_git_repository_is_never_cloned(registry: Registry, tmp_path: Path) -> None:
    registry.put("example", "1.0.0", 2, dependencies={"other": "git+file:///work/main"})
    with pytest.raises(Uninstallable) as refused:
        Store(tmp_path / "store").obtain(parse("pkg:npm/example@1.0.0"))
    assert "\n" not in str(refused.value)


@needs_npm
def test_a_releases_source_is_what_its_tarball_holds(registry: Registry, tmp_path: Path) -> None:
    registry.put("example", "1.0.0", 2, dependencies={"other": "1"})
    source = Store(tmp_path / "store").source(parse("pkg:npm/example@1.0.0"))
    assert sorted(each.name for each in source.iterdir()) == ["index.js", "package.json"]
