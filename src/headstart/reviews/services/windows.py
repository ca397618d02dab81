"""Opening a window, and its end: the developer's moves; expiry ends access and nothing else."""

import threading
import time
from datetime import datetime

from django.db import transaction

from headstart import clock
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import AccessNotGiven, MayNotJoin, MoveNotAllowed, NotTheirs, WindowOver
from headstart.reviews.models import Access, Review
from headstart.reviews.rules import Move, Stage
from headstart.reviews.services.common import locked, record, to_move

ENDS = frozenset({Move.WITHDRAW, Move.RELEASE, Move.EXPIRE})
_looks: dict[str, float] = {}  # review -> when this process first saw its end over, by the monotonic clock
_looking = threading.Lock()


@transaction.atomic
def grant_access(
    review_id: str,
    organisation: Organisation,
    *,
    actor: Viewer,
    days: float | None = None,
    closes: datetime | None = None,
) -> Review:
    """The developer lets an organisation reach the model; the first grant opens the window.

    `days` or `closes` say how long the window is (without: as long as the programme allows); a later grant leaves the
    window as it is.

    Raises:
        NotTheirs: the actor is not the developer; or the organisation is a partner, whom two sides choose.
        MayNotJoin: the programme has no place for this kind of organisation.
        WindowTooLong, WindowWrong: not a window of this programme.
        MoveNotAllowed: the review is closed.
        WindowOver: its window has ended.
    """
    review = to_move(actor, review_id, "give access to the model")
    programme = review.programme
    if organisation.kind not in programme.may_join:
        raise MayNotJoin(organisation.kind, programme.may_join)
    choose = rules.sides(programme.partners_chosen_by)
    if organisation.kind == Kind.PARTNER and len(choose) > 1:
        sides = " and ".join(f"the {each}" for each in sorted(choose, reverse=True))
        raise NotTheirs(f"{sides} together, by two signatures,", "let a trusted partner in")
    now = clock.now()
    if review.stage != Stage.OPEN:
        review.stage = rules.after(Stage(review.stage), Move.GRANT_ACCESS)
        window = rules.window(programme, opens=now, days=days, closes=closes)
        review.opens_at, review.closes_at = window.opens, window.closes
        review.save(update_fields=["stage", "opens_at", "closes_at"])
    elif review.closes_at is not None and now >= review.closes_at:
        raise WindowOver(review.closes_at)
    access, _ = Access.objects.get_or_create(
        review=review, organisation=organisation, defaults={"given_at": now}
    )
    if access.ended_at is not None:  # it was taken back; the ledger keeps when
        access.given_at, access.ended_at = now, None
        access.save(update_fields=["given_at", "ended_at"])
    closing = review.closes_at.isoformat() if review.closes_at else None
    details = {"organisation": organisation.id, "closes": closing}
    record(review, actor, "review.access_granted", details, audience=[review.developer_id, organisation.id])
    return review


@transaction.atomic
def take_back_access(review_id: str, organisation: Organisation, *, actor: Viewer) -> Review:
    """The developer takes an organisation's access back; at once.

    Raises:
        NotTheirs: the actor is not the developer.
        AccessNotGiven: that organisation has none.
    """
    review = to_move(actor, review_id, "take access back")
    held = review.accesses.filter(organisation=organisation, ended_at__isnull=True)
    if not held.update(ended_at=clock.now()):
        raise AccessNotGiven(organisation.name)
    details = {"organisation": organisation.id}
    record(
        review, actor, "review.access_taken_back", details, audience=[review.developer_id, organisation.id]
    )
    return review


@transaction.atomic
def shorten(review_id: str, closes: datetime, *, actor: Viewer) -> Review:
    """The developer lets the window end earlier.

    Raises:
        NotTheirs: the actor is not the developer.
        MoveNotAllowed: no window is open.
        WindowOver, WindowWrong: it has ended, or that is no earlier end.
    """
    review = to_move(actor, review_id, "shorten the window")
    review.stage = rules.after(Stage(review.stage), Move.SHORTEN)
    before = review.window
    if before is None:
        raise MoveNotAllowed(review.stage, Move.SHORTEN)
    review.closes_at = rules.shortened(before, closes, clock.now()).closes
    review.save(update_fields=["closes_at"])
    details = {"closes": review.closes_at.isoformat(), "before": before.closes.isoformat()}
    record(review, actor, "review.shorten", details)
    return review


def withdraw(review_id: str, *, actor: Viewer) -> Review:
    """The developer leaves; access stops at once.

    Raises:
        NotTheirs: the actor is not the developer.
        MoveNotAllowed: it is closed already.
    """
    return end(review_id, Move.WITHDRAW, actor=actor)


def release(review_id: str, *, actor: Viewer) -> Review:
    """The developer has released its model: at any moment, whatever the review's stage. Said twice, the first counts.

    Raises:
        NotTheirs: the actor is not the developer.
    """
    return end(review_id, Move.RELEASE, actor=actor)


@transaction.atomic
def end(review_id: str, move: Move, *, actor: Viewer) -> Review:
    """End a review: the developer withdraws or releases its model; or its time is over.

    Raises:
        NotTheirs: the actor is not the developer; nor the hub, which notes that the time is over and nothing else.
        MoveNotAllowed: it is closed already, and this is not a release; its time is not over; or no end at all.
    """
    if move is Move.EXPIRE:
        review = locked(queries.review(actor, review_id))
        if not actor.is_hub:
            raise NotTheirs("the hub", "note that a review's time is over")
        if review.closes_at is None or clock.now() < review.closes_at:
            raise MoveNotAllowed(review.stage, move)
    else:
        review = to_move(actor, review_id, move.replace("_", " "))
        if move not in ENDS:
            raise MoveNotAllowed(review.stage, move)
    return _ended(review, move, actor)


def _ended(review: Review, move: Move, actor: Viewer) -> Review:
    before = Stage(review.stage)
    review.stage = rules.after(before, move)
    if move is Move.RELEASE and review.released_at is not None:
        return review
    if before is not Stage.CLOSED:
        review.ended_by = move.value
    if move is Move.RELEASE:
        review.released_at = clock.now()
    review.save(update_fields=["stage", "ended_by", "released_at"])
    record(review, actor, f"review.{move.value}", {})
    return review


def expire_due(*, actor: Viewer) -> list[Review]:
    """Close the reviews whose time is over; the worker asks for it every few seconds, as the hub.

    Access itself ended at `closes_at`, whatever is done here. A clock that jumped ahead may be put right: so a review
    is closed only where two looks, a minute apart by a clock that can't jump, both found its end over.

    Raises:
        NotTheirs: the actor is not the hub.
    """
    if not actor.is_hub:
        raise NotTheirs("the hub", "note that a review's time is over")
    over = Review.objects.filter(stage=Stage.OPEN, closes_at__lte=clock.now())
    with _looking:
        looks = rules.looked(_looks, over.values_list("id", flat=True), time.monotonic())
        _looks.clear()
        _looks.update(looks)
        due = rules.over_for_good(_looks, time.monotonic())
    return [each for found in due if (each := _expire(found, actor)) is not None]


@transaction.atomic
def _expire(review_id: str, actor: Viewer) -> Review | None:
    over = Review.objects.select_for_update().filter(stage=Stage.OPEN, closes_at__lte=clock.now())
    review = over.filter(id=review_id).first()
    return None if review is None else _ended(review, Move.EXPIRE, actor)
