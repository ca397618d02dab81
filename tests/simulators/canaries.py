"""A review in which every field of every table holds words of its own, and who may come to see each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.simulators.reached import SECRET, Reached

from headstart import clock
from headstart.benchmarks.models import Evaluation
from headstart.ledger.rules import dsse
from headstart.outcomes import services as outcomes
from headstart.people import services as people
from headstart.people.models import Member
from headstart.people.rules import ANYONE, Viewer
from headstart.reviews import services
from headstart.reviews.models import Document, PartnerSignature, Review
from headstart.reviews.rules import (
    Answer,
    Criterion,
    Marking,
    Met,
    Proposal,
    Ruling,
    Scope,
    Tier,
    Tlp,
)
from headstart.reviews.work import load_programme

IN = frozenset({"developer", "authority", "hub", "evaluator", "another_evaluator", "partner"})
OUT = frozenset({"another_developer", "finder", "another_partner"})
DESK = frozenset({"developer", "authority", "hub"})
# an id opens nothing: entries about a document are for the organisations of those who may read it, machines included,
# and the hub runs the log
ID_KNOWN = frozenset({"developer", "evaluator", "hub", "partner"})
PLANNED = date(2031, 7, 13)


@dataclass(frozen=True)
class Canary:
    """Words that stand in one field, and the viewers who may see them: `evaluator` (any of it), `evaluator's person`,
    `evaluator's second`. `noted`: only with an entry in the ledger; `kept`: in no answer at all."""

    field: str
    words: str
    seen_by: frozenset[str]
    noted: bool = False
    kept: bool = False


class World:
    """Everything that a review can hold, each thing put there by the verb that puts it there."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self.canaries: list[Canary] = []
        self._seats: dict[tuple[str, str], Member] = {}
        for name in sorted(IN | OUT):
            getattr(cast, name)
        self.reached = Reached(cast)
        self.documents: dict[str, Document] = {}
        self.review = self._review()
        self._sides()
        self._papers()
        self._rest()
        self.review = Review.objects.get(id=self.review.id)

    # --- who looks

    def seat(self, name: str, called: str = "person") -> Member:
        """A person of an organisation: its `person`, its `second`, or `silent`, who does nothing but be named."""
        if (name, called) not in self._seats:
            found = self.reached.member(name) if called == "person" else None
            self._seats[name, called] = found or people.seat(
                self.cast.organisation(name), f"{called}-of-{name}", actor=self.cast.hub
            )
        return self._seats[name, called]

    def viewers(self) -> Iterator[tuple[str, Viewer]]:
        """The public; a machine and a person of each organisation; a second person of the evaluator's."""
        yield "public", ANYONE
        for name in sorted(IN | OUT):
            yield name, getattr(self.cast, name)
            yield f"{name}'s person", self.seat(name).as_viewer()
        yield "evaluator's second", self.seat("evaluator", "second").as_viewer()

    def may_see(self, who: str, canary: Canary) -> bool:
        """Whether a viewer is among those who may."""
        return not canary.kept and bool({who, who.split("'", maxsplit=1)[0]} & canary.seen_by)

    def canary(self, field: str, seen_by: frozenset[str] | set[str], **more: Any) -> str:
        """New words for a field."""
        words = f"cnry{len(self.canaries):03}{field.replace('.', '').replace('_', '').lower()}"
        self.canaries.append(Canary(field, words, frozenset(seen_by), **more))
        return words

    def known(self, field: str, words: str, seen_by: frozenset[str] | set[str], **more: Any) -> None:
        """Words that somebody else made up: an id, a name, a digest."""
        self.canaries.append(Canary(field, words, frozenset(seen_by), **more))

    # --- the tables

    def _review(self) -> Review:
        cast = self.cast
        self.reached.review = made = services.enquire(
            self.canary("Review.model_name", IN),
            load_programme("eo14409"),
            actor=cast.developer,
            description=self.canary(
                "Review.description", {"developer's person", "evaluator's person"}, noted=True
            ),
            planned_release_on=PLANNED,
        )
        self.known("Review.planned_release_on", PLANNED.isoformat(), {"developer", "authority"}, noted=True)
        self.known("Review.planned_release_on", "13 July 2031", {"developer", "authority"}, noted=True)
        silent = self.seat("another_evaluator", "silent").id
        # a machine of the developer's can't read what is RED, so whom it names is not told to it either
        # the hub and its own organisation know who sits there
        knows = {"developer's person", "evaluator's person", "another_evaluator", "hub"}
        self.known("Review.markings_text", silent, knows)
        red = Marking(tlp=Tlp.RED, named=(self.seat("evaluator").id, silent))
        services.mark_field(made.id, "description", red, actor=cast.developer)
        strict = Marking(tlp=Tlp.AMBER_STRICT, named=(cast.authority.organisation_id,))
        services.mark_field(made.id, "planned_release_on", strict, actor=cast.developer)
        for name in ("evaluator", "another_evaluator"):
            made = services.grant_access(made.id, cast.organisation(name), actor=cast.developer)
        self.known("Access.organisation", "another_evaluator", DESK | {"another_evaluator"})
        self.reached.review = made
        return made

    def _sides(self) -> None:
        """What two sides sign: terms, the answer, a partner in force and one that is proposed."""
        sides = frozenset({"developer", "evaluator", "hub"})
        terms = {
            "trade_secrets": self.canary("Agreement.terms_text", sides),
            "data_handling": self.canary("Agreement.terms_text", sides),
            "notes": self.canary("Agreement.terms_text", sides),
            "confidentiality": Tlp.AMBER,
        }
        self.reached.agree("evaluator", **terms)
        self.reached.agree("partner")
        ruling = Ruling(
            answer=Answer.CANNOT_SAY,
            criteria=(Criterion(name="c", met=Met.UNKNOWN, why=self.canary("Determination.criteria", IN)),),
            reasons=self.canary("Determination.reasons", IN),
        )
        signed = dsse.sign_statement(
            services.determination_words(self.review, ruling), self.reached.signing_key("authority")
        )
        services.determine(self.review.id, ruling, signed, actor=self.seat("authority").as_viewer())
        self.reached.partner("partner", reason=self.canary("Partner.reason", DESK | {"partner"}))
        proposal = Proposal(
            reason=self.canary("Partner.reason", DESK),
            tier=Tier.DEFENDER,
            scopes=(Scope.CHAT,),
            expires_at=None,
        )
        other = self.cast.organisation("another_partner")
        words = services.partnership_words(self.review, other, proposal)
        services.sign_partner(
            self.review.id, other, dsse.sign_statement(words, self.reached.signing_key("developer")),
            actor=self.cast.developer, proposal=proposal,
        )  # fmt: skip
        self.known("Partner.organisation", "another_partner", DESK | {"another_partner"})
        envelope = PartnerSignature.objects.filter(partner__organisation=other).get().envelope
        self.known("PartnerSignature.envelope", envelope["signatures"][0]["sig"], DESK)

    def _papers(self) -> None:
        """A document with every mark; a copy that was asked for; what people declared."""
        owner, second, person = "developer", "evaluator's second", "evaluator's person"
        named = (
            self.cast.partner.organisation_id,
            self.seat("evaluator").id,
            self.seat("evaluator", "second").id,
        )
        persons = {"developer's person", person, second}
        machines = {owner, "partner", person, second}
        readers = {
            (Tlp.RED, False): persons,
            (Tlp.RED, True): persons,
            (Tlp.AMBER_STRICT, False): machines,
            (Tlp.AMBER_STRICT, True): machines,
            (Tlp.AMBER, False): IN,
            (Tlp.AMBER, True): machines | {"authority"},
            (Tlp.GREEN, False): IN,
            (Tlp.GREEN, True): machines | {"authority"},
            (Tlp.CLEAR, False): IN,  # what is CLEAR is read by whoever may know of the review
            (Tlp.CLEAR, True): machines | {"authority"},
        }
        for (tlp, secret), seen_by in readers.items():
            where = f"Document {tlp}{' secret' if secret else ''}"
            noted = secret or tlp in (Tlp.RED, Tlp.AMBER_STRICT, Tlp.AMBER)
            kind = "evidence" if tlp is Tlp.AMBER else "note"
            self.documents[where] = made = services.put_document(
                self.review.id, actor=self.cast.developer, kind=kind, title=self.canary(f"{where}.title", seen_by),
                text=self.canary(f"{where}.text", seen_by, noted=noted),
                marking=Marking(tlp=tlp, trade_secret=secret, named=named),
            )  # fmt: skip
            self.known(f"{where}.id", made.id, ID_KNOWN | seen_by)
            self.known(f"{where}.digest", made.digest, seen_by)
        red = self.documents["Document TLP:RED"]
        knows = persons | {"developer"}  # a machine of who wrote it knows what became of it
        asked = services.ask_export(
            red.id, self.canary("Export.reason", knows), actor=self.seat("evaluator").as_viewer()
        )
        self.known("Export.mark", asked.mark, ID_KNOWN | knows)
        self.export_id, self.mark = asked.id, asked.mark
        declared = self.canary("Declaration.interests", DESK | {"evaluator"})
        services.declare(self.review.id, declared, actor=self.seat("evaluator").as_viewer())

    def _rest(self) -> None:
        """What other rooms keep of the review: the endpoint, a person's key, a report that waits for its reply."""
        self.known("Upstream.sealed_key", SECRET, set(), kept=True)
        address = f"https://{self.canary('Upstream.base_url', {'developer', 'hub'})}.example.org/v1"
        upstream = self.reached.endpoint(base_url=address)
        self.key, words = self.reached.give("evaluator", upstream)
        self.known("Key.digest", self.key.digest, set(), kept=True)
        self.known("Key", words, set(), kept=True)
        self.upstream = upstream
        now = clock.now()
        self.evaluation = Evaluation.objects.create(
            evaluator_id=self.cast.evaluator.organisation_id, developer_id=self.review.developer_id,
            subject=self.review.urn, model_name="m", scaffold="s", families={}, commitment="0" * 64, plan={},
            sealed_at=now, ability=0.0, standard_error=1.0, low=-1.0, high=1.0, solved=1, counted=2, rate_low=0.0,
            rate_high=1.0, refusals=0, infrastructure=0, budget={}, sandbox="bubblewrap", weaker=False,
            started_at=now, ended_at=now,
        )  # fmt: skip
        sides = {"evaluator", "developer"}
        self.report = outcomes.hand_report(
            self.review.id,
            actor=self.cast.evaluator,
            title=self.canary("Report.title", sides),
            text=self.canary("Report.text", sides, noted=True),
            marking=Marking(tlp=Tlp.AMBER),
        )
