"""A review whose window is open, an evaluator that reaches its model by signed terms, and one endpoint behind it."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart import clock
from headstart.access import services
from headstart.access.models import Key, Upstream
from headstart.access.ports import Asked, Ended
from headstart.access.rules import Dialect, Ending
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as people
from headstart.people.models import Member
from headstart.people.rules import Viewer
from headstart.reviews import services as reviewing
from headstart.reviews.models import Agreement, Partner
from headstart.reviews.rules import AccessLevel, Content, Proposal, Safeguards, Scope, Terms, Tier
from headstart.reviews.work import load_programme

SECRET = "sk-upstream-9vQ2xW7bT1mN5pR8sL2dF6Zk"  # a canary: it must be nowhere
ADDRESS = "https://models.example.org/v1"
WORDS = {
    "name": "main", "dialect": Dialect.OPENAI, "base_url": ADDRESS, "secret": SECRET, "models": ["model-a", "model-b"],
}  # fmt: skip


class Reached:
    """The world of a gateway; what the verbs need is signed as people would."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._seats: dict[str, Member] = {}
        self.review = reviewing.enquire("A model", load_programme("eo14409"), actor=cast.developer)
        reviewing.grant_access(self.review.id, cast.organisation("evaluator"), actor=cast.developer)
        self.agree("evaluator")
        self.declare("evaluator")
        self.review.refresh_from_db()

    def member(self, name: str) -> Member:
        """The person who sits at an organisation of the cast."""
        if name not in self._seats:
            seat = people.seat(self.cast.organisation(name), f"{name}-person", actor=self.cast.hub)
            self._seats[name] = Member.objects.select_related("organisation", "user").get(id=seat.id)
        return self._seats[name]

    def person(self, name: str) -> Viewer:
        """That person, looking."""
        return self.member(name).as_viewer()

    def signing_key(self, name: str) -> Ed25519PrivateKey:
        """The key that an organisation signs with, known to the hub."""
        if name not in self._keys:
            self._keys[name] = Ed25519PrivateKey.generate()
            pem = public_pem(self._keys[name].public_key()).decode()
            people.set_key(self.cast.organisation(name), pem, actor=self.cast.hub)
        return self._keys[name]

    def agree(self, name: str, **terms: Any) -> Agreement:
        """Terms between the developer and an organisation, signed by both."""
        keys = {each: self.signing_key(each) for each in ("developer", name)}
        wanted = Terms(**{"access_level": AccessLevel.AL1, **terms})
        organisation = self.cast.organisation(name)
        made = reviewing.propose_terms(self.review.id, organisation, wanted, actor=self.cast.developer)
        words = reviewing.agreement_words(made)
        for each, key in keys.items():
            made = reviewing.sign_terms(
                made.id, dsse.sign_statement(words, key), actor=getattr(self.cast, each)
            )
        assert made.in_force_at is not None
        return made

    def partner(self, name: str = "partner", **words: Any) -> Partner:
        """A trusted partner of the first tier, in force."""
        proposal = Proposal(
            **{
                "reason": "defends the grid",
                "tier": Tier.CRITICAL_INFRASTRUCTURE,
                "scopes": tuple(Scope),
                **words,
            }
        )
        organisation = self.cast.organisation(name)
        keys = {each: self.signing_key(each) for each in ("developer", "authority")}
        for each, key in keys.items():
            said = reviewing.partnership_words(self.review, organisation, proposal)
            made = reviewing.sign_partner(
                self.review.id, organisation, dsse.sign_statement(said, key),
                actor=getattr(self.cast, each), proposal=proposal,
            )  # fmt: skip
        assert made.in_force_at is not None
        return made

    def declare(self, name: str) -> None:
        """A person declares that they have no interests."""
        reviewing.declare(self.review.id, "", actor=self.person(name))

    def endpoint(self, **words: Any) -> Upstream:
        """An endpoint of the developer's."""
        return services.add_upstream(self.review.id, actor=self.cast.developer, **{**WORDS, **words})

    def give(
        self, name: str = "evaluator", upstream: Upstream | None = None, **words: Any
    ) -> tuple[Key, str]:
        """A key for a person."""
        upstream = (
            upstream
            or Upstream.objects.filter(review=self.review, removed_at=None).first()
            or self.endpoint()
        )
        return services.give_key(upstream.id, self.member(name).id, actor=self.cast.developer, **words)


def asked(**words: Any) -> Asked:
    """A request of 300 bytes for at most 100 tokens."""
    return Asked(
        **{
            "path": "/v1/chat/completions", "model": "model-a", "digest": "a" * 64, "size": 300, "most_tokens": 100,
            "streams": True, "tools": False, **words,
        }
    )  # fmt: skip


def ended(**words: Any) -> Ended:
    """An answer of 40 tokens to a request of 60."""
    return Ended(
        **{
            "ending": Ending.DONE, "status": 200, "digest": "b" * 64, "size": 900, "tokens_in": 60, "tokens_out": 40,
            "seen_bytes_in": 300, "seen_bytes_out": 900, "first_byte_ms": 12.5, "wall_seconds": 0.5, **words,
        }
    )  # fmt: skip


__all__ = ["ADDRESS", "SECRET", "WORDS", "Content", "Reached", "Safeguards", "asked", "clock", "ended"]
