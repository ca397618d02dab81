"""Who knows, who agreed, until when."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from headstart import clock
from headstart.cases import queries, services
from headstart.cases.errors import CaseNotFound, DecisionInvalid, EmbargoInvalid, NoEmbargo, NotAParty
from headstart.cases.models import Case
from headstart.cases.rules import Role
from headstart.findings import queries as findings
from headstart.findings import services as handing_in
from headstart.proofs.models import Proof
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities import services as grouping

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "reports-offline" / "minirec-repeat-overflow"
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Any, data: Path) -> Case:
    finding = handing_in.hand_in(EXAMPLE, actor=cast.finder)
    Proof.objects.create(
        finding=finding, rung="contrasted", attribution="target", k=3, n=3, control="silent",
        sentence="It was seen in 3 of 3 runs.", receipt={}, at=clock.now(),
    )  # fmt: skip
    vulnerability = grouping.group(finding.id, actor=cast.hub)
    return services.open_case(vulnerability.id, actor=cast.hub)


def in_days(number: float) -> Any:
    return clock.now() + timedelta(days=number)


def test_opening_twice_is_one_case_with_its_finders_as_parties(cast: Any, case: Case) -> None:
    assert services.open_case(case.vulnerability_id, actor=cast.hub) == case
    assert [each.organisation_id for each in case.parties.all()] == [cast.finder.organisation_id]


def test_an_invited_maintainer_gets_a_letter_and_sees_the_report(
    cast: Any, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    assert not vulnerabilities.vulnerabilities(cast.maintainer).exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.hub)
    (letter,) = mail.outbox
    assert letter.to == ["maintainer@example.org"]
    assert "It was seen in 3 of 3 runs." in letter.body
    assert vulnerabilities.vulnerabilities(cast.maintainer).exists()
    assert findings.findings(cast.maintainer).exists()


def test_no_letter_leaves_where_the_invitation_fails(
    cast: Any, case: Case, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(services, "_write_first_letter", fail)
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True):
        services.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.hub)
    assert mail.outbox == []


def test_an_embargo_is_active_once_every_party_agreed(cast: Any, case: Case) -> None:
    services.propose_embargo(case.id, in_days(20), actor=cast.hub)
    services.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.hub)
    assert services.answer_embargo(case.id, accept=True, actor=cast.finder).embargo == "proposed"
    assert services.answer_embargo(case.id, accept=True, actor=cast.maintainer).embargo == "active"


def test_any_party_shortens_and_none_lengthens_an_active_embargo(cast: Any, case: Case) -> None:
    services.propose_embargo(case.id, in_days(20), actor=cast.hub)
    services.answer_embargo(case.id, accept=True, actor=cast.finder)
    sooner = in_days(3)
    assert services.propose_embargo(case.id, sooner, actor=cast.finder).embargo_until == sooner
    with pytest.raises(EmbargoInvalid, match="shortened, not lengthened"):
        services.propose_embargo(case.id, in_days(30), actor=cast.finder)


def test_one_who_declines_keeps_the_embargo_from_being_active(cast: Any, case: Case) -> None:
    services.propose_embargo(case.id, in_days(20), actor=cast.hub)
    assert services.answer_embargo(case.id, accept=False, actor=cast.finder).embargo == "proposed"


def test_there_is_nothing_to_agree_to_before_a_proposal(cast: Any, case: Case) -> None:
    with pytest.raises(NoEmbargo):
        services.answer_embargo(case.id, accept=True, actor=cast.finder)


@pytest.mark.parametrize(
    "who", ["another_finder", "maintainer", "operator", "developer", "authority", "partner"]
)
def test_a_case_looks_absent_to_those_who_are_no_party(cast: Any, case: Case, who: str) -> None:
    viewer = getattr(cast, who)
    for verb in (
        lambda: queries.case(viewer, case.id),
        lambda: services.propose_embargo(case.id, in_days(1), actor=viewer),
        lambda: services.write(case.id, "s", "t", actor=viewer),
        lambda: services.offer_fix(case.id, actor=viewer, release="pkg:generic/x@1"),
    ):
        with pytest.raises(CaseNotFound):
            verb()


def test_a_party_may_not_do_what_is_the_coordinators(cast: Any, case: Case) -> None:
    with pytest.raises(NotAParty):
        services.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.finder)
    with pytest.raises(NotAParty):
        services.decide(case.id, automatable="yes", impact="total", actor=cast.finder)


def test_a_decision_has_the_tables_words(cast: Any, case: Case) -> None:
    with pytest.raises(DecisionInvalid, match="one of partial, total, unknown"):
        services.decide(case.id, automatable="no", impact="huge", actor=cast.hub)
    assert services.decide(case.id, automatable="no", impact="unknown", actor=cast.hub).impact == "unknown"
