"""An advisory to write, two keys, and a publisher with its tier on disk."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.advisories import work
from headstart.advisories.rules import content as saying
from headstart.advisories.rules.content import AdvisoryContent, Tier
from headstart.advisories.rules.csaf import csaf
from headstart.advisories.rules.index import document_names
from headstart.advisories.rules.osv import osv
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, parse_vers

JULY = datetime(2026, 7, 1, 12, tzinfo=UTC)
Write = Callable[..., AdvisoryContent]


@pytest.fixture
def write() -> Write:
    """Write an advisory; what is not named is an ordinary one of a package on PyPI."""

    def written(**named: Any) -> AdvisoryContent:
        runs = {"0.9": "no", "1.0": "yes", "1.1": "unknown", "1.2": "yes", "2.0": "no", "2.1": "no"}
        ordinary: dict[str, Any] = {
            "tracking_id": "HS-2026-0001",
            "vulnerability_id": "vul_1",
            "title": "Exponential time in a comment pattern",
            "summary": "A short text keeps a parser busy for hours.",
            "package": parse("pkg:pypi/markdown2"),
            "tlp": saying.Tlp.AMBER,
            "publisher": saying.Publisher(name="Hub", namespace="https://hub.example.org"),
            "revisions": (saying.Revision(number=1, at=JULY, summary="Released to the first tier"),),
            "affected": parse_vers("vers:pypi/>=1.0|<2.0"),
            "fixed": "2.0",
            "tested": tuple(saying.Tested(version=v, affected=Affected(a)) for v, a in runs.items()),
            "weaknesses": work.weaknesses(["CWE-1333", "CWE-400"]),
            "credits": (saying.Credit(organisation="Lab", ai="model/1"),),
        }
        return AdvisoryContent(**(ordinary | named))

    return written


@pytest.fixture
def for_everyone(write: Write) -> AdvisoryContent:
    """The same, released to everyone."""
    first = saying.Revision(number=1, at=JULY, summary="Released to the first tier")
    second = saying.Revision(number=2, at=JULY, summary="Released to everyone")
    return write(tlp=saying.Tlp.CLEAR, revisions=(first, second))


def documents(content: AdvisoryContent) -> dict[str, bytes]:
    """Both documents as bytes."""
    made = (csaf(content), osv(content))
    names = document_names(content.tracking_id)
    return {name: work.serialise(document) for name, document in zip(names, made, strict=True)}


@pytest.fixture
def key() -> Ed25519PrivateKey:
    """The hub's key."""
    return Ed25519PrivateKey.generate()


@pytest.fixture
def stranger() -> Ed25519PrivateKey:
    """A key that nobody trusts."""
    return Ed25519PrivateKey.generate()


@pytest.fixture
def published(tmp_path: Path, key: Ed25519PrivateKey, write: Write) -> Path:
    """What the hub publishes: one advisory, in the first tier."""
    work.publish(tmp_path / "published", Tier.FIRST, documents(write()), key)
    return tmp_path / "published"
