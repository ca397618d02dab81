"""Measure speed: `make perf`. Nothing here is a timed test; ratios are against a peer in the same run."""

import json
import os
import tempfile
import time
from pathlib import Path

import bench_speed
import books_speed
import gateway_speed
import standing_speed
from figures import ROOT, Row, say
from rich.console import Console

from headstart.sandbox.work import choose


def sandbox_rows(scratch: Path) -> list[Row]:
    """What a sandbox adds to a bare process, and how many run a second."""
    from headstart.sandbox.work.speed import overhead

    found = overhead(choose(scratch / "sandbox"))
    added = found.overhead_seconds * 1000
    rate = found.sandbox_runs_a_second
    bare = f"bare: {found.bare_seconds * 1000:.1f} ms"
    return [
        Row(name="sandbox: added to a bare Python", value=added, unit="ms", goal="< 10", peer=bare,
            ratio=found.sandbox_seconds / found.bare_seconds, holds=added < 10),
        Row(name="sandbox: Python runs", value=rate, unit="a second", goal="100",
            peer=f"bare: {found.bare_runs_a_second:,.0f}", ratio=rate / found.bare_runs_a_second, holds=rate >= 100),
    ]  # fmt: skip


def crash_rows() -> list[Row]:
    """Crash logs read a second on one core: ClusterFuzz's own, whole."""
    import io
    import tarfile

    import zstandard

    from headstart.sandbox.rules import crashes

    name, goal, peer = "crash log parser", "1,300", "130 in ClusterFuzz"
    packed = (
        Path(os.environ.get("HEADSTART_SHARED", "")) / "data/stacks/clusterfuzz_stack_analyzer_data.tar.zst"
    )
    if not packed.is_file():
        return [
            Row(name=name, value=None, unit="logs/s", goal=goal, peer="needs the logs of HEADSTART_SHARED")
        ]
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed.read_bytes())).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        logs = [file.read() for each in archive if (file := archive.extractfile(each)) is not None]
    before = time.process_time()
    for _ in range(5):
        for log in logs:
            crashes.parse(log)
    rate = 5 * len(logs) / (time.process_time() - before)
    return [
        Row(name=name, value=rate, unit="logs/s", goal=goal, peer=peer, ratio=rate / 130, holds=rate >= 1300)
    ]


def sweep_rows(scratch: Path) -> list[Row]:
    """A sweep of 20 pure-Python releases, cold and warm, beside installing one (the ratio: beside 20)."""
    from headstart.packages.rules.purl import parse
    from headstart.packages.work import Store, is_online
    from headstart.proofs.rules.bisecting import How
    from headstart.proofs.work import Setting, sweep
    from headstart.reports.work import read

    if not is_online():
        goal = "< 10 cold, < 1 warm"
        return [Row(name="sweep of 20 releases", value=None, unit="s", goal=goal, peer="no network here")]
    folder = read(ROOT / "examples" / "reports" / "waitress-transfer-encoding")
    sandbox = choose(scratch / "sandbox")
    store = Store(scratch / "store")
    versions = [str(each.purl.version) for each in store.releases(parse("pkg:pypi/waitress"))][-20:]
    seconds = []
    for _ in ("cold", "warm"):
        before = time.perf_counter()
        sweep(folder, setting=Setting(store=store, sandbox=sandbox), how=How.SWEEP, versions=versions)
        seconds.append(time.perf_counter() - before)
    one, client = install_seconds(scratch, f"waitress=={versions[-1]}")
    rows = zip(("cold", "warm"), seconds, (10, 1), strict=True)
    return [
        Row(
            name=f"sweep of 20 PyPI releases, {name}",
            value=value,
            unit="s",
            goal=f"< {goal}",
            peer=f"{client}, one release: {one:.1f} s",
            ratio=value / (20 * one),
            holds=value < goal,
        )
        for name, value, goal in rows
    ]


def install_seconds(scratch: Path, requirement: str) -> tuple[float, str]:
    """What installing one release takes without a cache: by pip, or by uv where this Python has no pip."""
    import subprocess
    import sys
    from importlib.util import find_spec

    target = str(scratch / "installed")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-cache-dir",
        "--no-deps",
        "--target",
        target,
    ]
    uv = [
        str(Path(sys.executable).parent / "uv"),
        "pip",
        "install",
        "--no-cache",
        "--no-deps",
        "--target",
        target,
    ]
    argv, client = (pip, "pip install") if find_spec("pip") else (uv, "uv pip install")
    before = time.perf_counter()
    subprocess.run([*argv, requirement], check=True, capture_output=True)
    return time.perf_counter() - before, client


def matching_rows() -> list[Row]:
    """Inventories x advisories on one core, beside a plain loop with univers."""
    from headstart.exposure.work.speed import figures

    found = figures()
    rate = found.components_a_second
    one = found.one_inventory_seconds * 1000
    peer = (
        f"univers loop: {found.peer_components_a_second:,.0f}; hits {'equal' if found.agrees else 'DIFFER'}"
    )
    return [
        Row(name="matching, end to end", value=rate, unit="components/s a core", goal="1,000,000; 20x the loop",
            peer=peer, ratio=found.ratio, holds=rate >= 1e6 and found.ratio >= 20 and found.agrees),
        Row(name="matching: one inventory of 10,000", value=one, unit="ms", goal="< 100", holds=one < 100),
        Row(name="matching: peak memory, 1 M components", value=found.peak_mebibytes, unit="MiB",
            goal="< 1,024 for 5 M", holds=None),
    ]  # fmt: skip


def ledger_rows(scratch: Path) -> list[Row]:
    """Entries appended one transaction each, on SQLite."""
    os.environ["HEADSTART_DATA"] = str(scratch / "data")
    os.environ["HEADSTART_DATABASE_URL"] = ""
    from headstart.site.start import open_instance

    open_instance(data=scratch / "data")
    from headstart.ledger import services

    count = 500
    before = time.perf_counter()
    for number in range(count):
        services.append(actor="perf", kind="perf", subject=str(number))
    rate = count / (time.perf_counter() - before)
    return [
        Row(name="ledger appends, one transaction each", value=rate, unit="a second", goal="-", holds=None)
    ]


def exercise_rows() -> list[Row]:
    """What the last `headstart exercise` took here, all its steps together."""
    path = ROOT / "var" / "exercise" / "exercise.json"
    steps = json.loads(path.read_text()).get("steps", {}) if path.exists() else {}
    if "close" not in steps:
        return [
            Row(name="the exercise, whole", value=None, unit="s", goal="< 180", peer="run `make run` first")
        ]
    seconds = sum(each["seconds"] for each in steps.values())
    return [Row(name="the exercise, whole", value=seconds, unit="s", goal="< 180", holds=seconds < 180)]


def main() -> None:
    """Measure, print, write."""
    console = Console(stderr=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="headstart-perf-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        scratch = Path(name)
        parts = (
            ("sandbox", lambda: sandbox_rows(scratch)),
            ("crash logs", crash_rows),
            ("sweep", lambda: sweep_rows(scratch)),
            ("matching", matching_rows),
            ("ledger", lambda: ledger_rows(scratch)),
            ("benchmarks", lambda: bench_speed.rows(scratch / "benchmarks", choose(scratch / "sandbox"))),
            ("a review's picture", standing_speed.rows),
            ("gateway", lambda: gateway_speed.rows(scratch / "gateway")),
            ("gateway's books", books_speed.rows),
            ("exercise", exercise_rows),
        )
        for title, measure in parts:
            with console.status(f"measuring: {title}"):
                rows += measure()
    say(rows, f"Speed, on {os.cpu_count()} cores", ROOT / "var" / "perf.json")


if __name__ == "__main__":
    main()
