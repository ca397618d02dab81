"""`headstart vault rotate`: a fresh key seals all that the hub keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.reached import SECRET, Reached

from headstart import clock
from headstart.access import queries, work
from headstart.cli import run
from headstart.site import start


@pytest.mark.django_db
def test_the_vaults_key_is_turned(
    cast: Any, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "open_instance", lambda **_: data)  # the test's records are open already
    _, shown = Reached(cast).give()
    before = work.open_vault(data).newest
    assert run(["vault", "rotate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sealed"] == 1
    assert told["key"] == work.open_vault(data).newest != before
    assert run(["vault", "rotate"]) == 0
    assert "1 older keys are gone" in capsys.readouterr().out
    assert queries.admit(shown, clock.now(), work.open_vault(data)).secret == SECRET
