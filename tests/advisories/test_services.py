"""Drafting and releasing: who is told what, when, and what is never told early."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.sweeps import swept

from headstart import clock
from headstart.advisories import queries, services
from headstart.advisories.errors import (
    AdvisoryNotFound,
    FileNotPublished,
    NotTrusted,
    NotYoursToRelease,
    SequenceBehind,
    TierOutOfOrder,
    TierUnknown,
    UnderEmbargo,
)
from headstart.advisories.models import Advisory, Shelf
from headstart.advisories.rules.content import Tier
from headstart.advisories.work import Fetched, fetch_and_verify
from headstart.cases import services as cases
from headstart.findings.models import Finding
from headstart.ledger import queries as ledger
from headstart.ledger.rules.verified import Verified
from headstart.ledger.work import load_public, verify_file
from headstart.people.rules import ANYONE
from headstart.proofs.models import Sweep
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities.models import Membership, Vulnerability
from headstart.vulnerabilities.rules import Basis

pytestmark = pytest.mark.django_db

JANUARY = datetime(2027, 1, 11, tzinfo=UTC)
RUNS = {"1.9": "no", "2.0": "yes", "2.1": "unknown", "2.2": "yes", "2.10": "no"}


@pytest.fixture(autouse=True)
def made_up_calendar(data: Path) -> None:
    clock.travel_to(JANUARY)


@pytest.fixture
def vulnerability(cast: Any) -> Vulnerability:
    """One that a finder's model found, swept, and held beside a public advisory."""
    finding = Finding.objects.create(
        finder=cast.organisation("finder"),
        digest="0" * 64,
        title="Exponential time in a comment pattern",
        summary="A short text keeps the parser busy.",
        purl="pkg:pypi/example@2.0",
        package="pkg:pypi/example",
        expect="hang",
        ai="model/1",
        received_at=clock.now(),
    )
    swept(finding, RUNS)
    made = Vulnerability.objects.create(
        package="pkg:pypi/example",
        title=finding.title,
        summary=finding.summary,
        weaknesses=["CWE-1333"],
        affected_vers="vers:pypi/>=2.0|<2.10",
        fixed_in="2.10",
        beside=[{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-12345"], "vers": "", "differ": []}],
        opened_at=clock.now(),
    )
    Membership.objects.create(
        vulnerability=made, finding=finding, basis=Basis.OPENED, since=clock.now(), evidence=[]
    )
    return made


@pytest.fixture
def advisory(vulnerability: Vulnerability, cast: Any) -> Advisory:
    """Its draft."""
    return services.draft(vulnerability.id, actor=cast.hub)


Capture = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def release(cast: Any, django_capture_on_commit_callbacks: Capture) -> Callable[..., Any]:
    """Release and commit: what is published on commit is published."""

    def released(advisory: Advisory, tier: str) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return services.release(advisory.id, tier, actor=cast.hub)

    return released


def follow(data: Path, tier: str, who: str = "operator") -> Fetched:
    return fetch_and_verify(
        data / "published", tier, [load_public(data / "keys" / "hub.pub.pem")], data / "clients" / who
    )


def csaf(fetched: Fetched) -> dict[str, Any]:
    return dict(json.loads(fetched.documents[0].path.read_bytes()))


def test_a_draft_says_what_is_on_record(advisory: Advisory) -> None:
    assert advisory.tracking_id == "HS-2027-0001"
    assert (advisory.status, advisory.tlp, advisory.version) == ("draft", "TLP:AMBER", 0)
    found = advisory.csaf["vulnerabilities"][0]
    assert found["cve"] == "CVE-2026-12345"
    assert found["product_status"]["known_affected"] == [
        "vers:pypi/>=2.0|<2.10", "pkg:pypi/example@2.0", "pkg:pypi/example@2.2",
    ]  # fmt: skip
    assert found["product_status"]["fixed"] == ["pkg:pypi/example@2.10"]
    assert advisory.osv["credits"] == [
        {"name": "finder", "type": "FINDER"},
        {"name": "model/1", "type": "TOOL"},
    ]


def test_a_draft_is_written_anew_until_it_is_released(
    advisory: Advisory, vulnerability: Vulnerability, cast: Any, release: Any
) -> None:
    Vulnerability.objects.filter(id=vulnerability.id).update(title="A better title")
    again = services.draft(vulnerability.id, actor=cast.hub)
    assert (again.id, again.title) == (advisory.id, "A better title")
    release(advisory, "first")
    Vulnerability.objects.filter(id=vulnerability.id).update(title="A third title")
    assert services.draft(vulnerability.id, actor=cast.hub).title == "A better title"


def test_two_public_names_are_not_guessed_between(vulnerability: Vulnerability, cast: Any) -> None:
    beside = [{"id": f"PYSEC-2026-{n}", "aliases": [f"CVE-2026-1111{n}"]} for n in (1, 2)]
    Vulnerability.objects.filter(id=vulnerability.id).update(beside=beside)
    assert "cve" not in services.draft(vulnerability.id, actor=cast.hub).csaf["vulnerabilities"][0]


def test_without_a_sweep_only_the_proved_release_is_called_affected(
    vulnerability: Vulnerability, cast: Any
) -> None:
    Sweep.objects.all().delete()
    Vulnerability.objects.filter(id=vulnerability.id).update(affected_vers="", fixed_in="")
    found = services.draft(vulnerability.id, actor=cast.hub).csaf["vulnerabilities"][0]
    assert found["product_status"] == {"known_affected": ["pkg:pypi/example@2.0"]}
    assert found["remediations"][0]["category"] == "none_available"


def test_the_first_tier_verifies_what_it_is_told_and_everyone_is_told_nothing(
    advisory: Advisory, release: Any, data: Path
) -> None:
    release(advisory, "first")
    fetched = follow(data, "first")
    assert [each.kind for each in fetched.documents] == ["csaf", "osv"]
    assert csaf(fetched)["document"]["tracking"]["status"] == "interim"
    assert not (data / "published" / "everyone").exists()


def test_everyone_is_told_a_new_version_and_the_first_tier_gets_it_too(
    advisory: Advisory, release: Any, data: Path, vulnerability: Vulnerability
) -> None:
    release(advisory, "first")
    first = csaf(follow(data, "first"))
    clock.travel_to(JANUARY + timedelta(days=5))
    release(advisory, "everyone")
    public = csaf(follow(data, "everyone", "anyone"))
    assert csaf(follow(data, "first")) == public
    tracking = public["document"]["tracking"]
    assert (tracking["version"], tracking["status"]) == ("2", "final")
    assert tracking["initial_release_date"] == first["document"]["tracking"]["current_release_date"]
    assert public["document"]["distribution"]["tlp"]["label"] == "WHITE"
    assert vulnerabilities.vulnerability(ANYONE, vulnerability.id).public_at is not None


def test_everyone_does_not_know_before_the_first_tier(advisory: Advisory, release: Any) -> None:
    with pytest.raises(TierOutOfOrder, match="release it there first"):
        release(advisory, "everyone")


def test_a_tier_is_told_once(advisory: Advisory, release: Any) -> None:
    release(advisory, "first")
    with pytest.raises(TierOutOfOrder, match="already"):
        release(advisory, "first")
    with pytest.raises(TierUnknown):
        release(advisory, "second")


def test_an_embargo_holds_until_its_day(
    advisory: Advisory, release: Any, vulnerability: Vulnerability, cast: Any
) -> None:
    case = cases.open_case(vulnerability.id, actor=cast.hub)
    cases.propose_embargo(case.id, JANUARY + timedelta(days=9), actor=cast.hub)
    cases.answer_embargo(case.id, accept=True, actor=cast.finder)
    release(advisory, "first")
    with pytest.raises(UnderEmbargo, match="until 20 January 2027"):
        release(advisory, "everyone")
    clock.travel_to(JANUARY + timedelta(days=9, seconds=1))
    release(advisory, "everyone")


@pytest.mark.parametrize("who", ["operator", "finder", "maintainer", "developer", "authority", "partner"])
def test_nobody_but_the_hub_drafts_or_releases(
    advisory: Advisory, vulnerability: Vulnerability, cast: Any, who: str
) -> None:
    with pytest.raises(NotYoursToRelease):
        services.draft(vulnerability.id, actor=getattr(cast, who))
    with pytest.raises(NotYoursToRelease):
        services.release(advisory.id, "first", actor=getattr(cast, who))


def seen_by(cast: Any, advisory: Advisory) -> set[str]:
    everyone = ("hub", "operator", "partner", "finder", "maintainer", "developer", "evaluator", "authority")
    viewers = {name: getattr(cast, name) for name in everyone} | {"public": ANYONE}
    return {name for name, viewer in viewers.items() if queries.advisories(viewer).filter(id=advisory.id)}


def test_who_sees_it_grows_with_each_tier(
    advisory: Advisory, release: Any, vulnerability: Vulnerability, cast: Any
) -> None:
    cases.open_case(vulnerability.id, actor=cast.hub)
    assert seen_by(cast, advisory) == {"hub", "finder"}
    release(advisory, "first")
    assert seen_by(cast, advisory) == {"hub", "finder", "operator", "partner"}
    with pytest.raises(AdvisoryNotFound, match=f"there is no advisory {advisory.id} here"):
        queries.advisory(ANYONE, advisory.id)
    release(advisory, "everyone")
    assert len(seen_by(cast, advisory)) == 9


@pytest.fixture
def another(vulnerability: Vulnerability, cast: Any) -> Advisory:
    """The draft of another vulnerability's."""
    other = Vulnerability.objects.create(
        package="pkg:pypi/other", title="Not yet", summary="Secret.", opened_at=clock.now()
    )
    finding = Finding.objects.create(
        finder=cast.organisation("finder"), digest="1" * 64, title="Not yet", summary="Secret.",
        purl="pkg:pypi/other@1.0", package="pkg:pypi/other", expect="hang", received_at=clock.now(),
    )  # fmt: skip
    Membership.objects.create(vulnerability=other, finding=finding, basis=Basis.OPENED, since=clock.now())
    return services.draft(other.id, actor=cast.hub)


def told(data: Path, tier: str) -> set[str]:
    return {each.tracking_id for each in follow(data, tier, "a").documents}


def test_each_tier_is_told_its_own_and_no_draft(
    advisory: Advisory, another: Advisory, release: Any, data: Path
) -> None:
    assert (advisory.tracking_id, another.tracking_id) == ("HS-2027-0001", "HS-2027-0002")
    release(advisory, "first")
    assert told(data, "first") == {"HS-2027-0001"}
    release(advisory, "everyone")
    assert told(data, "first") == told(data, "everyone") == {"HS-2027-0001"}
    release(another, "first")
    services.publish_tier(Tier.EVERYONE)
    assert told(data, "first") == {"HS-2027-0001", "HS-2027-0002"}
    assert told(data, "everyone") == {"HS-2027-0001"}
    assert "0002" not in "".join(each.read_text() for each in (data / "published" / "everyone").iterdir())


def test_the_ledger_tells_of_a_release_to_its_tier_alone(advisory: Advisory, release: Any, cast: Any) -> None:
    viewers = (cast.operator, cast.partner, cast.developer, ANYONE)
    release(advisory, "first")
    kinds = [ledger.entries(viewer).filter(kind="advisory.released").count() for viewer in viewers]
    assert kinds == [1, 1, 0, 0]
    release(advisory, "everyone")
    kinds = [ledger.entries(viewer).filter(kind="advisory.released").count() for viewer in viewers]
    assert kinds == [2, 2, 1, 1]


def test_restored_records_do_not_take_a_tier_back(advisory: Advisory, release: Any, data: Path) -> None:
    release(advisory, "first")
    services.publish_tier(Tier.FIRST)
    assert follow(data, "first").sequence == 1
    Shelf.objects.update(sequence=0)
    with pytest.raises(SequenceBehind, match="older backup"):
        services.publish_tier(Tier.FIRST)


def test_an_index_is_renewed_before_it_expires(advisory: Advisory, release: Any, data: Path) -> None:
    release(advisory, "first")
    clock.travel_to(JANUARY + timedelta(days=20))
    with pytest.raises(NotTrusted, match="expired"):
        follow(data, "first")
    services.publish_tier(Tier.FIRST)
    assert len(follow(data, "first")) == 2


def test_nothing_is_published_where_the_release_is_rolled_back(
    advisory: Advisory, cast: Any, data: Path
) -> None:
    services.release(advisory.id, "first", actor=cast.hub)  # its transaction is not committed here
    assert not (data / "published").exists()


def test_a_file_of_the_first_tier_is_handed_to_who_is_named(
    advisory: Advisory, release: Any, cast: Any
) -> None:
    release(advisory, "first")
    for viewer in (cast.hub, cast.operator, cast.partner):
        assert queries.published_file(viewer, "first", "index.json").read_bytes()
    for viewer in (ANYONE, cast.finder, cast.developer, cast.maintainer, cast.authority):
        with pytest.raises(FileNotPublished):
            queries.published_file(viewer, "first", "index.json")
    release(advisory, "everyone")
    assert queries.published_file(ANYONE, "everyone", "HS-2027-0001.csaf.dsse.json").read_bytes()


@pytest.mark.parametrize(
    ("tier", "name"),
    [
        ("first", "../../keys/hub.pem"),
        ("first", "HS-2027-0002.csaf.json"),
        ("..", "index.json"),
        ("", "index.json"),
        ("first", ""),
        ("first", "index.json\0"),
    ],
)
def test_nothing_else_is_handed_out(
    tier: str, name: str, advisory: Advisory, release: Any, cast: Any
) -> None:
    release(advisory, "first")
    with pytest.raises(FileNotPublished):
        queries.published_file(cast.hub, tier, name)


def test_every_published_file_is_verified_by_itself(advisory: Advisory, release: Any, data: Path) -> None:
    from headstart.advisories.work import KINDS

    release(advisory, "first")
    keys = [load_public(data / "keys" / "hub.pub.pem")]
    folder = data / "published" / "first"
    found = {each.name: verify_file(each, keys, KINDS) for each in folder.iterdir()}
    assert len(found) == 5
    assert all(each.holds for each in found.values())
    assert found["index.json"].kind == "tier index"
    assert found["HS-2027-0001.csaf.json"].kind == "advisory"
    (folder / "HS-2027-0001.csaf.json").write_text("{}")
    spoiled: Verified = verify_file(folder / "HS-2027-0001.csaf.dsse.json", keys, KINDS)
    assert not spoiled.holds
    assert spoiled.sentence == "HS-2027-0001.csaf.json is not the file that was signed"
