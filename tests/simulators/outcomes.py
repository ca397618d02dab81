"""A review with what was found in it, row by row, on the days of its window: for tests that count."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from headstart import clock
from headstart.advisories.models import Advisory, Release
from headstart.cases.models import Case, Party
from headstart.exposure.models import Component, Deployment, Hit, Inventory
from headstart.findings.models import Finding
from headstart.people.rules import Viewer
from headstart.proofs.models import FixCheck, Proof
from headstart.reviews import services as reviewing
from headstart.reviews.models import Agreement, Determination, Review
from headstart.reviews.work import load_programme
from headstart.vulnerabilities.models import Membership, Vulnerability

PACKAGE = "pkg:pypi/tinytemplate"
EMPTY = {"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}


def enquired(cast: Any, name: str = "A model, snapshot 1", programme: str = "eo14409", **more: Any) -> Review:
    """A developer asks."""
    return reviewing.enquire(name, load_programme(programme), actor=cast.developer, **more)


def opened(cast: Any, **more: Any) -> Review:
    """A developer asks, and its evaluator gets access."""
    review = enquired(cast, **more)
    return reviewing.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)


def go_to(review: Review, day: float) -> None:
    """Set the calendar to a day of the window; 0 is its opening."""
    assert review.opens_at is not None
    clock.set_shift(clock.shift() + (review.opens_at + timedelta(days=day) - clock.now()))


def agreed(review: Review, counterpart: Viewer, **terms: Any) -> Agreement:
    """Terms in force between the developer and a counterpart."""
    return Agreement.objects.create(
        review=review, counterpart_id=counterpart.organisation_id, version=1,
        terms_text={"access_level": "AL1", **terms}, proposed_by_id=review.developer_id,
        proposed_at=clock.now(), in_force_at=clock.now(),
    )  # fmt: skip


def answered(review: Review, authority: Viewer, answer: str = "covered", **more: Any) -> Determination:
    """An authority's answer."""
    return Determination.objects.create(
        review=review, authority_id=authority.organisation_id, answer=answer, envelope=EMPTY, at=clock.now(), **more
    )  # fmt: skip


@dataclass
class Found:
    """What was found in a review; days are counted from its opening."""

    review: Review
    finder: Viewer
    numbers: Any = field(default_factory=itertools.count)

    def at(self, day: float) -> datetime:
        assert self.review.opens_at is not None
        return self.review.opens_at + timedelta(days=day)

    def finding(self, day: float, *, finder: Viewer | None = None, review: Review | None = None) -> Finding:
        number = next(self.numbers)
        who = finder or self.finder
        return Finding.objects.create(
            finder_id=who.organisation_id, review=review or self.review, digest=f"{self.review.id[-8:]}{number:056}",
            title=f"Report {number}", summary="What goes wrong.", purl=f"{PACKAGE}@1.3.0", package=PACKAGE,
            expect="disclose", received_at=self.at(day),
        )  # fmt: skip

    def proof(self, finding: Finding, day: float, rung: str = "controlled") -> Proof:
        return Proof.objects.create(
            finding=finding, rung=rung, attribution="target", k=3, n=3, control="silent", sentence="Seen.",
            receipt=EMPTY, at=self.at(day),
        )  # fmt: skip

    def vulnerability(self, day: float, *findings: Finding) -> Vulnerability:
        home = Vulnerability.objects.create(
            package=PACKAGE, title="One root cause", summary="S", opened_at=self.at(day)
        )
        for each in findings:
            self.join(home, each, day)
        return home

    def join(self, home: Vulnerability, finding: Finding, day: float) -> Membership:
        return Membership.objects.create(
            vulnerability=home, finding=finding, basis="opened it", since=self.at(day)
        )

    def tell(self, home: Vulnerability, maintainer: Viewer, day: float) -> None:
        case = Case.objects.create(vulnerability=home, opened_at=self.at(day))
        Party.objects.create(
            case=case, organisation_id=maintainer.organisation_id, role="maintainer", joined_at=self.at(day)
        )

    def fix(self, home: Vulnerability, day: float, *, held: bool = True) -> None:
        FixCheck.objects.create(
            about=home.id, rungs=[], held=held, sentence="It holds.", receipt=EMPTY, at=self.at(day)
        )

    def tell_first(self, home: Vulnerability, day: float, tier: str = "first") -> None:
        advisory, _ = Advisory.objects.get_or_create(
            vulnerability=home, defaults={"tracking_id": home.id, "csaf": {}, "osv": {}, "at": self.at(day)}
        )
        Release.objects.create(
            advisory=advisory, tier=tier, version=1, files={}, path=f"{tier}/{home.id}", at=self.at(day)
        )

    def hit(
        self, home: Vulnerability, operator: Viewer, day: float, *, asset: str = "Portal", affected: str = "yes",
        until: float | None = None, cleared: float | None = None,
    ) -> Hit:  # fmt: skip
        component, _ = Component.objects.get_or_create(
            id="c1", defaults={"lookup": PACKAGE, "name": "tinytemplate", "version": "1.3.0"}
        )
        inventory = Inventory.objects.create(
            operator_id=operator.organisation_id, asset=asset, exposed="yes", format="cyclonedx", digest="0" * 64,
            component_count=1, received_at=self.at(day),
            superseded_at=None if until is None else self.at(until),
        )  # fmt: skip
        return Hit.objects.create(
            vulnerability=home, inventory=inventory, component=component, affected=affected, found_at=self.at(day),
            cleared_at=None if cleared is None else self.at(cleared),
        )  # fmt: skip

    def say(self, home: Vulnerability, operator: Viewer, day: float, state: str, asset: str = "") -> None:
        Deployment.objects.create(
            operator_id=operator.organisation_id, vulnerability=home, asset=asset, state=state,
            reported_at=self.at(day),
        )  # fmt: skip
