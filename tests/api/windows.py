"""A review with everything in it, and everyone who looks at it through the API."""

import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as people
from headstart.people.rules import Kind

KINDS = {
    "developer": Kind.DEVELOPER,
    "authority": Kind.AUTHORITY,
    "evaluator": Kind.EVALUATOR,
    "partner": Kind.PARTNER,
    "stranger": Kind.DEVELOPER,
    "bystander": Kind.EVALUATOR,
}
LOOKING = ("developer", "hub", "authority", "evaluator", "partner", "bystander", "stranger", "public")
PROPOSAL = {"reason": "Defends 200 utilities.", "tier": "critical-infrastructure", "scopes": ["chat"]}


@dataclass
class Seat:
    """One who looks: the organisation's machine, and a person of it."""

    id: str
    name: str
    token: str
    person: str
    person_id: str
    key: Ed25519PrivateKey


@dataclass
class World:
    """The cast with keys and tokens, and what was made: names -> ids."""

    cast: Any
    seats: dict[str, Seat] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def seat(self, who: str) -> Seat:
        """Admit an organisation, with a key, a token, and a person with a token of their own."""
        if who in self.seats:
            return self.seats[who]
        key = Ed25519PrivateKey.generate()
        pem = public_pem(key.public_key()).decode()
        hub = self.cast.hub
        if who == "hub":
            organisation = self.cast.organisation("hub")
        else:
            organisation = people.admit(f"The {who}", KINDS[who], actor=hub, public_key=pem)
        member = people.seat(organisation, f"{who}-jo", actor=hub)
        self.seats[who] = Seat(
            id=organisation.id,
            name=organisation.name,
            token=people.give_token(organisation, "machine", actor=hub),
            person=people.give_token(organisation, "person", actor=hub, member=member),
            person_id=member.id,
            key=key,
        )
        return self.seats[who]

    def ask(self, who: str, method: str, path: str, body: Any = None, *, person: bool = False) -> Any:
        """Send a request as an organisation's machine, or as its person, or as the public."""
        headers = {}
        if who != "public":
            seat = self.seat(who)
            headers = {"HTTP_AUTHORIZATION": f"Bearer {seat.person if person else seat.token}"}
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(Client(), method)(f"/api{path}", **sent, **headers)

    def done(self, who: str, method: str, path: str, body: Any = None, *, person: bool = False) -> Any:
        """Send one that is to succeed; its answer."""
        answer = self.ask(who, method, path, body, person=person)
        assert answer.status_code < 300, (who, method, path, answer.status_code, answer.content)
        return answer.json()

    def signed(self, who: str, words: Any) -> Any:
        """The envelope of a side over these words."""
        return msgspec.to_builtins(dsse.sign_statement(words, self.seat(who).key))

    def sign_terms(self, agreement: str, *sides: str) -> Any:
        """Each side signs a version of the terms."""
        for who in sides:
            words = self.done(who, "get", f"/agreements/{agreement}/words")
            made = self.done(
                who, "post", f"/agreements/{agreement}/signatures", {"envelope": self.signed(who, words)}
            )
        return made

    def sign_partner(self, review: str, *sides: str, **said: Any) -> Any:
        """Each side signs for the partner."""
        proposal = {**PROPOSAL, "organisation": self.seat("partner").name, **said}
        for who in sides:
            words = self.done(who, "post", f"/reviews/{review}/partners/words", proposal)
            envelope = self.signed(who, words)
            made = self.done(who, "post", f"/reviews/{review}/partners", {**proposal, "envelope": envelope})
        return made


def build(cast: Any) -> World:
    """A review that is open: an evaluator with terms, a partner in force, an answer, a document, a copy asked for."""
    world = World(cast)
    for who in ("hub", *KINDS):
        world.seat(who)
    asked = {"model_name": "Model 7", "programme": "eo14409", "description": "A model that writes code."}
    review = world.done("developer", "post", "/reviews", {**asked, "planned_release_on": "2027-02-01"})["id"]
    at = f"/reviews/{review}"
    world.made["review"] = review
    evaluator = world.seat("evaluator").name
    paper = {"kind": "evidence", "title": "Our own battery", "text": "It solved 12 of 40."}
    world.made["document"] = world.done("developer", "post", f"{at}/documents", paper)["id"]
    terms = {"counterpart": evaluator, "terms": {"access_level": "AL1", "safeguards": "on"}}
    agreement = world.done("developer", "post", f"{at}/agreements", terms)["id"]
    world.made["agreement"] = agreement
    world.sign_terms(agreement, "developer", "evaluator")
    world.done("developer", "post", f"{at}/accesses", {"organisation": evaluator, "days": 10})
    ruling = {"answer": "can't say yet", "reasons": "The battery is small."}
    words = world.done("authority", "post", f"{at}/determinations/words", ruling)
    world.done(
        "authority", "post", f"{at}/determinations", {**ruling, "envelope": world.signed("authority", words)}
    )
    world.made["partner"] = str(world.sign_partner(review, "developer", "authority")["id"])
    document = world.made["document"]
    copy = world.done(
        "evaluator", "post", f"/documents/{document}/exports", {"reason": "For the board."}, person=True
    )
    world.made |= {"export": copy["id"], "mark": copy["mark"]}
    _give_a_key(world, at)
    report = {"title": "What it can do", "text": "It finds planted flaws."}
    world.made["report"] = world.done("evaluator", "post", f"{at}/reports", report)["id"]
    return world


UPSTREAM = {
    "name": "main", "dialect": "openai", "base_url": "https://models.example.org/v1", "secret": "sk-canary-1",
    "models": ["model-7"], "safeguards": "on",
}  # fmt: skip


def _give_a_key(world: World, at: str) -> None:
    """The evaluator's person declares, and gets a key to the developer's endpoint."""
    world.done("evaluator", "post", f"{at}/declarations", {"interests": ""}, person=True)
    upstream = world.done("developer", "post", f"{at}/upstreams", UPSTREAM)["id"]
    key = world.done("developer", "post", "/keys", {"upstream_id": upstream, "member": "evaluator-jo"})["id"]
    world.made |= {"upstream": upstream, "key": key}


def garbled(envelope: Any) -> Any:
    """The same envelope with one bit of its signature turned."""
    raw = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    raw[0] ^= 1
    return {**envelope, "signatures": [{"sig": base64.b64encode(bytes(raw)).decode()}]}
