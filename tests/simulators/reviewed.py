"""A review with somebody in every role, each as a machine and as a person, to look at it with."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from headstart import clock
from headstart.people import services as people
from headstart.people.rules import ANYONE, Viewer
from headstart.reviews import services as reviewing
from headstart.reviews.models import Partner, Review
from headstart.reviews.work import load_programme

NAME, SAID, PLANNED = "Canary-Name-7f3a", "canary-description-9c1d", date(2031, 7, 13)
IN_REVIEW = ("developer", "authority", "hub", "evaluator", "another_evaluator", "partner")
OUTSIDE = ("another_developer", "finder", "operator", "maintainer", "another_partner")


class Scene:
    """One review under eo14409, its window open. `scene.evaluator` is a machine, `scene.person("evaluator")` a person.

    `another_partner` was proposed and is not in force.
    """

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self._people: dict[tuple[str, str], Viewer] = {}
        self.review: Review = reviewing.enquire(
            NAME,
            load_programme("eo14409"),
            actor=cast.developer,
            description=SAID,
            planned_release_on=PLANNED,
        )
        for name in ("evaluator", "another_evaluator"):
            self.review = reviewing.grant_access(
                self.review.id, cast.organisation(name), actor=cast.developer
            )
        for name in (*IN_REVIEW, *OUTSIDE):
            getattr(cast, name)
        now = clock.now()
        for name, in_force_at in (("partner", now), ("another_partner", None)):
            Partner.objects.create(
                review=self.review,
                organisation=cast.organisation(name),
                reason="guards a grid",
                proposed_at=now,
                in_force_at=in_force_at,
            )

    def __getattr__(self, name: str) -> Viewer:
        viewer: Viewer = getattr(self.cast, name)
        return viewer

    def person(self, name: str, called: str = "jo") -> Viewer:
        """A person of an organisation; the same one each time."""
        if (name, called) not in self._people:
            organisation = self.cast.organisation(name)
            seat = people.seat(organisation, f"{called}-of-{name}", actor=self.cast.hub)
            self._people[name, called] = seat.as_viewer()
        return self._people[name, called]

    def id_of(self, name: str) -> str:
        """An organisation's id."""
        return self.cast.organisation(name).id  # type: ignore[no-any-return]

    def everyone(self) -> Iterator[tuple[str, Viewer]]:
        """Whoever could look: the public, and of each organisation a machine and a person."""
        yield "public", ANYONE
        for name in (*IN_REVIEW, *OUTSIDE):
            yield name, getattr(self, name)
            yield f"a person of {name}", self.person(name)
