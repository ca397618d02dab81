"""The how-tos of a review, word for word: a hub, its gateway, a stand-in for a model, and each role in turn."""

import re
import shutil
from pathlib import Path

import pytest
from tests.cli.howto import ROOT, follow

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here"),
]


def test_a_developers_review(tmp_path: Path) -> None:
    """Ask, agree, open, give a key, read the report, reply, release."""
    assert follow("developers.md", tmp_path) == 26
    kept = tmp_path / "practice"
    assert kept.joinpath("eva.key").stat().st_mode & 0o077 == 0
    secret = kept.joinpath("upstream.key").read_text().strip().encode()
    held = [each for each in kept.joinpath("hub").rglob("*") if each.is_file()]
    assert any(each.name.startswith("headstart.sqlite3") for each in held)
    assert not [each for each in held if secret in each.read_bytes()]


def test_an_authoritys_answers(tmp_path: Path) -> None:
    """Look, answer, sign elsewhere, sign for a partner and revoke it."""
    assert follow("authorities.md", tmp_path) == 22
    kept = tmp_path / "practice"
    key = kept.joinpath("agency.pem").read_bytes().splitlines()[1]
    assert not [
        each for each in kept.joinpath("hub").rglob("*") if each.is_file() and key in each.read_bytes()
    ]


@pytest.mark.sandbox
def test_a_partners_access(tmp_path: Path) -> None:
    """Sign terms, reach the model through the gateway, hand in a finding, be revoked."""
    assert follow("partners.md", tmp_path) == 18


@pytest.mark.sandbox
def test_an_evaluators_way_through_the_gateway(tmp_path: Path) -> None:
    """Sign terms, declare, measure the model through the gateway, hand in the report."""
    assert follow("evaluators.md", tmp_path, below="## In a review: through the hub's gateway") == 17
    kept = tmp_path / "practice"
    held = [each for each in kept.joinpath("runs").rglob("*") if each.is_file()]
    key = kept.joinpath("eva.key").read_bytes().strip()
    assert held
    assert not [each for each in held if key in each.read_bytes()]


def test_what_the_others_do_is_what_their_pages_say() -> None:
    """Every command of others.sh is shown in a how-to: the same verb, and for what is signed the same words."""
    script = (ROOT / "examples" / "window" / "others.sh").read_text().replace("\\\n", " ")
    used = {verb(each) for each in re.findall(r"^  (headstart review .*)$", script, re.MULTILINE)}
    pages = ("developers.md", "authorities.md", "partners.md", "evaluators.md")
    shown = " ".join((ROOT / "docs" / "howto" / page).read_text() for page in pages)
    assert len(used) > 10
    assert [each for each in sorted(used) if each not in shown] == []


def verb(command: str) -> str:
    """`headstart review agree sign "Model 7" ...` is `headstart review agree sign`."""
    found = re.match(r"headstart review [a-z-]+(?: (?:add|give|hand|propose|revoke|sign))?", command)
    assert found is not None
    return found[0]
