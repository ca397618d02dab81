"""The parties of a review, each with a key of its own and a person in a seat; they sign as people would."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as peopling
from headstart.people.rules import Viewer
from headstart.reviews import services as reviewing
from headstart.reviews.rules import AccessLevel, Proposal, Ruling, Scope, Terms, Tier
from headstart.reviews.work import load_programme

SIGNERS = ("developer", "evaluator", "authority", "partner")
NAME = "Model of winter"
TERMS = Terms(access_level=AccessLevel.AL1, trade_secrets="weights", may_publish=("counts",))
PROPOSAL = Proposal(
    reason="runs the grid of a whole region",
    tier=Tier.CRITICAL_INFRASTRUCTURE,
    scopes=(Scope.CHAT, Scope.MODELS),
)


@dataclass
class Parties:
    """Four organisations with keys, the hub, and the review that they take part in."""

    cast: Any
    seat: Callable[..., Client]
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    review: Any = None

    def __post_init__(self) -> None:
        for name in SIGNERS:
            self.keys[name] = Ed25519PrivateKey.generate()
            pem = public_pem(self.keys[name].public_key()).decode()
            peopling.set_key(self.cast.organisation(name), pem, actor=self.cast.hub)
            self.seat(name)

    def person(self, name: str) -> Viewer:
        """The person in that organisation's first seat."""
        return self.organisation(name).members.order_by("user_id").first().as_viewer()

    def organisation(self, name: str) -> Any:
        """The organisation of that name."""
        return self.cast.organisation(name)

    def colleague(self, name: str, username: str) -> Client:
        """Another person of that organisation, signed in."""
        member = peopling.seat(self.organisation(name), username, actor=self.cast.hub)
        client = Client()
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def sign(self, name: str, words: Mapping[str, Any]) -> str:
        """The envelope that `headstart review sign words.json --key …` prints."""
        return msgspec.json.encode(self.sealed(name, words)).decode()

    def sealed(self, name: str, words: Mapping[str, Any]) -> dsse.Envelope:
        """The envelope itself."""
        return dsse.sign_statement(words, self.keys[name])

    def sign_file(self, name: str, answer: Any) -> str:
        """Sign what a page let one download."""
        assert answer.status_code == 200
        assert answer["Content-Disposition"] == 'attachment; filename="words.json"'
        return self.sign(name, json.loads(answer.content))

    def ask(self, programme: str = "eo14409", **said: Any) -> Any:
        """The developer asks for a review."""
        rules = load_programme(programme)
        self.review = reviewing.enquire(NAME, rules, actor=self.person("developer"), **said)
        return self.review

    def open(self) -> Any:
        """The developer lets the evaluator in."""
        review = self.review or self.ask()
        self.review = reviewing.grant_access(
            review.id, self.organisation("evaluator"), actor=self.person("developer")
        )
        return self.review

    def agree(self, name: str = "evaluator", terms: Terms = TERMS) -> Any:
        """The developer and another sign terms."""
        actor = self.person("developer")
        made = reviewing.propose_terms(self.review.id, self.organisation(name), terms, actor=actor)
        for side in ("developer", name):
            words = reviewing.agreement_words(made)
            made = reviewing.sign_terms(made.id, self.sealed(side, words), actor=self.person(side))
        return made

    def answer(self, ruling: Ruling) -> Any:
        """The authority answers."""
        words = reviewing.determination_words(self.review, ruling)
        envelope = self.sealed("authority", words)
        return reviewing.determine(self.review.id, ruling, envelope, actor=self.person("authority"))

    def sign_partner(self, *sides: str, proposal: Proposal = PROPOSAL, partner: str = "partner") -> Any:
        """These sides sign for the partner."""
        made, organisation = None, self.organisation(partner)
        for side in sides:
            words = reviewing.partnership_words(self.review, organisation, proposal)
            made = reviewing.sign_partner(
                self.review.id,
                organisation,
                self.sealed(side, words),
                actor=self.person(side),
                proposal=proposal,
            )
        return made

    def url(self, more: str = "") -> str:
        """The address of the review's page, or of one below it."""
        return f"/reviews/{self.review.id}/{more}"

    def review_anew(self) -> Any:
        """The review as it stands in the table now."""
        self.review.refresh_from_db()
        return self.review
