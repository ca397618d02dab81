"""An instance of one's own in a folder: its records, in a process of their own, by a line of JSON for each question.

`python -m tests.simulators.instance DATA` answers `["prepare", "http://127.0.0.1:1/v1"]` and its like.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path) -> dict[str, str]:
    """Where the instance is, and that endpoints may be on this machine."""
    return {
        **os.environ, "HEADSTART_DATA": str(data), "HEADSTART_DATABASE_URL": "", "HEADSTART_EXERCISE": "",
        "HEADSTART_UPSTREAMS": "http://127.0.0.1", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "headstart.site.settings",
    }  # fmt: skip


def gateway_command(data: Path) -> tuple[int, list[str]]:
    """A port that is free, and the command that serves this instance's gateway there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    asked = ["--port", str(port), "--data", str(data), "--json"]
    return port, [sys.executable, "-m", "headstart.cli", "gateway", *asked]


class Instance:
    """Asks the process that holds the records."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, *asked: Any) -> Any:
        """One question, and its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def instance(data: Path) -> Iterator[Instance]:
    """An instance in this folder."""
    argv = [sys.executable, "-m", "tests.simulators.instance", str(data)]
    with subprocess.Popen(
        argv, cwd=ROOT, env=environment(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Instance(process)
        assert process.stdin is not None
        process.stdin.close()


class Cast:
    """Organisations made as they are asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self.organisation(name).as_viewer()

    def organisation(self, name: str) -> Any:
        """The organisation of that name."""
        from headstart.people import services
        from headstart.people.rules import Kind

        if name not in self._made:
            made = services.found_hub("Hub") if name == "hub" else None
            self._made[name] = made or services.admit(name, Kind(name), actor=self.hub)
        return self._made[name]


def prepare(base_url: str, **words: Any) -> dict[str, str]:
    """A window that is open, an evaluator's person in it, and their key."""
    from tests.simulators.reached import Reached

    world = Reached(Cast())
    upstream = world.endpoint(base_url=base_url)
    key, shown = world.give(upstream=upstream, **{"requests_a_minute": 100_000, "most_streams": 200, **words})
    return {"key": shown, "key_id": key.id, "review_id": world.review.id}


def revoke(key_id: str) -> float:
    """Take a key back; when that was recorded, by the monotonic clock, which all processes share."""
    from headstart.access import services
    from headstart.people import queries

    services.revoke_key(key_id, actor=queries.hub())
    return time.monotonic()


def withdraw(review_id: str) -> str:
    """The developer leaves."""
    from headstart.people import queries
    from headstart.reviews import services

    return str(
        services.withdraw(review_id, actor=queries.named(queries.hub(), "developer").as_viewer()).stage
    )


def used(review_id: str) -> dict[str, Any]:
    """What the hub sees of the review's usage, and what the ledger holds of it."""
    from headstart.access import queries
    from headstart.ledger.models import Entry
    from headstart.people.queries import hub

    (usage,) = queries.usage(hub(), review_id)
    kinds = list(
        Entry.objects.filter(kind__startswith="gateway.").order_by("index").values_list("kind", flat=True)
    )
    endings = {ending.value: number for ending, number in usage.endings.items() if number}
    counts = {"requests": usage.requests, "tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out}
    return {**counts, "endings": endings, "ledger": kinds}


def main() -> None:
    """Answer questions until there are no more."""
    from headstart.site.start import open_instance

    open_instance(data=Path(sys.argv[1]))
    verbs = {"prepare": prepare, "revoke": revoke, "withdraw": withdraw, "used": used}
    for line in sys.stdin:
        verb, *asked = json.loads(line)
        words = asked.pop() if asked and isinstance(asked[-1], dict) else {}
        print(json.dumps(verbs[verb](*asked, **words)), flush=True)


if __name__ == "__main__":
    main()
