"""What docs/howto/follow-advisories.md says is what happens."""

import re
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.advisories.conftest import documents

from headstart.advisories.rules.content import AdvisoryContent, Tier
from headstart.advisories.work import publish
from headstart.ledger.work import public_pem

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "follow-advisories.md"


def test_the_program_of_the_how_to_follows_a_tier(
    for_everyone: AdvisoryContent, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    publish(tmp_path / "published", Tier.EVERYONE, documents(for_everyone), key)
    (tmp_path / "hub.pub.pem").write_bytes(public_pem(key.public_key()))
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(program.replace("https://hub.example.org/published", str(tmp_path / "published")), {})
    assert capsys.readouterr().out.splitlines() == [
        "HS-2026-0001 csaf advisories/everyone/HS-2026-0001.csaf.json",
        "HS-2026-0001 osv advisories/everyone/HS-2026-0001.osv.json",
    ]
