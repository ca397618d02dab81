"""Requests through the gateway: written down before they go out, completed when they have ended, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from headstart.access import queries, rules
from headstart.access.errors import BudgetSpent, KeyOver, ModelNotOffered, ScopeMissing, TooManyRequests
from headstart.access.models import KeptWords, Key, Request
from headstart.access.ports import Asked, Ended, Slip
from headstart.access.queries.passes import account_of, budget_of
from headstart.access.queries.standing import Held
from headstart.access.rules import Dialect, Ending, Price, Refusal, Reservation, Said
from headstart.access.services.words import keep
from headstart.errors import HeadstartError
from headstart.ledger import services as ledger
from headstart.ledger.rules.entries import Happened
from headstart.reviews.rules import Scope

MINUTE = timedelta(seconds=60)
LONGEST_PATH = 100
LARGEST = 2**53 - 1
SPENDING = ["tokens_spent", "cost_spent", "tokens_held", "cost_held", "under_way"]
NEEDED = [
    *SPENDING, "organisation_id", "member_id", "scopes", "most_tokens", "most_cost", "requests_a_minute",
    "most_streams", "expires_at", "revoked_at", "member__organisation_id", "member__user__is_active",
    "organisation__id", "upstream__dialect", "upstream__models_text", "upstream__safeguards", "upstream__price_in",
    "upstream__price_out", "upstream__removed_at", "upstream__review__stage", "upstream__review__opens_at",
    "upstream__review__closes_at", "upstream__review__developer_id", "upstream__review__programme_text",
]  # fmt: skip
ENDED = [
    "ended_at", "ending", "status", "response_digest", "response_bytes", "tokens_in", "tokens_out", "estimated",
    "bounded", "cost", "first_byte_ms", "wall_seconds",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A request that would begin."""

    key_id: str
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """A request that has ended."""

    request_id: str
    ended: Ended


Answer = Slip | HeadstartError | None


@transaction.atomic
def write(
    lines: Sequence[Begin | Finish],
    *,
    at: datetime,
    gateway_id: str | None = None,
    grounds: queries.Grounds | None = None,
) -> list[Answer]:
    """Write many lines down in their order, in one transaction; the answer to each, in the same order.

    A beginning is answered by a slip or by why it may not begin, which stops no other line. An ending is answered by
    None; one that was written already, or that nobody knows, changes nothing.
    """
    desk = _Desk(lines, at, gateway_id, grounds)
    answers: list[Answer] = []
    for line in lines:
        try:
            answers.append(desk.take(line))
        except HeadstartError as error:
            answers.append(error)
    desk.save()
    return answers


class _Desk:
    """What the lines of one transaction touch, read and locked once, written once."""

    def __init__(
        self,
        lines: Sequence[Begin | Finish],
        at: datetime,
        gateway_id: str | None,
        grounds: queries.Grounds | None,
    ) -> None:
        self._at, self._gateway_id = at, gateway_id
        ending = [each for each in lines if isinstance(each, Finish)]
        beginning = {each.key_id for each in lines if isinstance(each, Begin)}
        locked = Request.objects.select_for_update().filter(id__in=[each.request_id for each in ending])
        self._requests = {each.id: each for each in locked.order_by("id")} if ending else {}
        self._keys = self._locked_keys({*beginning, *(each.key_id for each in self._requests.values())})
        begins = [each for key_id, each in self._keys.items() if key_id in beginning]
        self._held = queries.standings(begins, at, grounds)
        self._recent = self._counts(beginning)
        self._begun: list[Request] = []
        self._ended: list[Request] = []
        self._words: list[KeptWords] = []
        self._touched: set[str] = set()
        self._happened: list[Happened] = []

    def _locked_keys(self, key_ids: set[str]) -> dict[str, Key]:
        """The keys, locked in the order of their ids, with what of their endpoint and review is needed here."""
        found = queries.whole_keys().select_for_update(of=("self",)).filter(id__in=key_ids).order_by("id")
        return {each.id: each for each in found.only(*NEEDED)}

    def _counts(self, key_ids: set[str]) -> dict[str, int]:
        if not key_ids:
            return {}
        recent = Request.objects.filter(key_id__in=key_ids, at__gt=self._at - MINUTE, at__lte=self._at)
        return dict(recent.order_by().values("key_id").annotate(n=Count("id")).values_list("key_id", "n"))

    def take(self, line: Begin | Finish) -> Slip | None:
        """Write one line."""
        if isinstance(line, Begin):
            return self.begin(line)
        self.finish(line)
        return None

    def begin(self, line: Begin) -> Slip:
        """Reserve what a request may use, and write it down.

        Raises:
            KeyOver, ScopeMissing, ModelNotOffered, BudgetSpent, TooManyRequests: it may not begin.
        """
        key = self._keys.get(line.key_id)
        if key is None:
            raise KeyOver(Ending.REVOKED)
        asked, held = line.asked, self._held[key.id]
        self._may(key, held, asked)
        holding = self._hold(key, asked)
        begun = Request(
            key=key,
            at=self._at,
            path=asked.path[:LONGEST_PATH],
            model=asked.model,
            request_digest=asked.digest,
            request_bytes=asked.size,
            gateway_id=self._gateway_id,
            capped_at=None if asked.most_tokens is None else max(0, min(asked.most_tokens, LARGEST)),
            reserved_tokens=holding.tokens,
            reserved_out=holding.tokens_out,
            reserved_cost=holding.cost,
        )
        key.tokens_held += holding.tokens
        key.cost_held += holding.cost
        key.under_way += 1
        self._recent[key.id] = self._recent.get(key.id, 0) + 1
        self._begun.append(begun)
        self._tell(key, "gateway.requested", begun, {
            "path": begun.path, "model": begun.model, "digest": begun.request_digest, "size": begun.request_bytes,
        })  # fmt: skip
        return Slip(request_id=begun.id, tokens_left=holding.tokens_left, begun_at=self._at)

    def _may(self, key: Key, held: Held, asked: Asked) -> None:
        ending = rules.ending_of(held.standing, self._at)
        if ending is not None:
            raise KeyOver(ending)
        scope = Scope.CHAT if key.upstream.dialect == Dialect.OPENAI else Scope.MESSAGES
        for needed in (scope, *((Scope.TOOLS,) if asked.tools else ())):
            if needed not in held.scopes:
                raise ScopeMissing(needed)
        if asked.model not in key.upstream.models_text:
            raise ModelNotOffered(", ".join(sorted(key.upstream.models_text)))

    def _hold(self, key: Key, asked: Asked) -> Reservation:
        account = account_of(key, self._recent.get(key.id, 0))
        found = rules.reserve(
            budget_of(key), account, _price(key), size=asked.size, most_out=asked.most_tokens
        )
        if isinstance(found, Reservation):
            return found
        if found in (Refusal.TOKENS, Refusal.MONEY):
            raise BudgetSpent(found.value)
        if found is Refusal.HELD:
            raise TooManyRequests("what is left of this key's budget is held back for requests under way")
        if found is Refusal.STREAMS:
            raise TooManyRequests(f"this key has {key.most_streams} requests open already")
        raise TooManyRequests(f"this key has made its {key.requests_a_minute} requests of a minute", 5.0)

    def finish(self, line: Finish) -> None:
        """Charge what a request used, give back what was held for it, and keep its words where that was agreed."""
        request = self._requests.get(line.request_id)
        if request is None or request.ended_at is not None:
            return
        ended, key = line.ended, self._keys[request.key_id]
        said = Said(
            tokens_in=ended.tokens_in,
            tokens_out=ended.tokens_out,
            request_bytes=request.request_bytes,
            answer_bytes=ended.seen_bytes_out,
            refused=not ended.reached,
        )
        self._settle(key, request, ended, said)
        if ended.words is not None:
            now = queries.standings([key], self._at)[key.id]  # the agreement as it is now, not as it was
            kept = keep(request, ended.words, now.terms, settings.HEADSTART_DATA)
            self._words += [kept] if kept is not None else []

    def _settle(self, key: Key, request: Request, ended: Ended, said: Said) -> None:
        charge = rules.charge(said, held_out=request.reserved_out)
        request.ended_at, request.ending = self._at, ended.ending
        request.status = None if ended.status is None else max(0, min(ended.status, 999))
        request.response_digest, request.response_bytes = ended.digest, max(0, ended.size)
        request.tokens_in, request.tokens_out = charge.tokens_in, charge.tokens_out
        request.estimated, request.bounded = charge.estimated, charge.bounded
        request.cost = _price(key).of(charge.tokens_in, charge.tokens_out)
        request.first_byte_ms, request.wall_seconds = ended.first_byte_ms, ended.wall_seconds
        key.tokens_spent += charge.tokens_in + charge.tokens_out
        key.cost_spent += request.cost
        key.tokens_held = max(0, key.tokens_held - request.reserved_tokens)
        key.cost_held = max(key.cost_held - request.reserved_cost, 0 * key.cost_held)
        key.under_way = max(0, key.under_way - 1)
        self._ended.append(request)
        self._tell(key, "gateway.ended", request, {
            "ending": ended.ending.value, "status": request.status, "digest": request.response_digest,
            "size": request.response_bytes, "tokens_in": charge.tokens_in, "tokens_out": charge.tokens_out,
            "estimated": charge.estimated, "bounded": charge.bounded, "cost_usd": str(request.cost),
            "wall_ms": int(ended.wall_seconds * 1000),
        })  # fmt: skip

    def _tell(
        self, key: Key, kind: str, request: Request, details: dict[str, str | int | bool | None]
    ) -> None:
        self._touched.add(key.id)
        review = key.upstream.review
        named = {"review": review.id, "member": key.member_id, "request": request.id}
        self._happened.append(
            Happened(
                actor=key.organisation_id,
                kind=kind,
                subject=key.urn,
                details={**named, **details},
                audience=(review.developer_id, key.organisation_id),
            )
        )

    def save(self) -> None:
        """Write all of it: a few statements, however many lines there are."""
        if not self._happened:
            return
        Request.objects.bulk_create(self._begun)
        if self._ended:
            Request.objects.bulk_create(
                self._ended, update_conflicts=True, update_fields=ENDED, unique_fields=["id"]
            )
        for each in sorted(self._touched):
            spent = {name: getattr(self._keys[each], name) for name in SPENDING}
            Key.objects.filter(id=each).update(**spent)
        KeptWords.objects.bulk_create(self._words)
        ledger.append_all(self._happened)


def _price(key: Key) -> Price:
    return Price(tokens_in=key.upstream.price_in, tokens_out=key.upstream.price_out)
