"""What was used: by request, and by person. The developer and the hub see all, others their own organisation's."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from headstart import clock
from headstart.access.errors import KeyNotFound, RequestNotFound
from headstart.access.models import Key, Request
from headstart.access.queries.standing import standings
from headstart.access.queries.upstreams import key, keys
from headstart.access.rules import Ending, Usage, ending_of
from headstart.people.rules import Viewer


def requests(viewer: Viewer, review_id: str) -> QuerySet[Request]:
    """The requests of a review that the viewer may see, newest first.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    found = Request.objects.filter(key__in=keys(viewer, review_id)).select_related("key__member__user")
    return found.order_by("-at", "-id")


def request(viewer: Viewer, request_id: str) -> Request:
    """One request.

    Raises:
        RequestNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = Request.objects.select_related("key__upstream__review").filter(id=request_id).first()
    try:
        if found is not None and key(viewer, found.key_id).id == found.key_id:
            return found
    except KeyNotFound:
        pass
    raise RequestNotFound(request_id)


def usage(viewer: Viewer, review_id: str) -> list[Usage]:
    """What each person with a key used of a review's model, by organisation and name.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = list(keys(viewer, review_id))
    sums = _sums(seen)
    people: dict[str, list[Key]] = {}
    for each in seen:
        people.setdefault(each.member_id, []).append(each)
    live = _live(seen)
    rows = [
        _row(held, [each for each in held if each.id in live], sums.get(member, {}))
        for member, held in people.items()
    ]
    return sorted(rows, key=lambda each: (each.organisation, each.person, each.member_id))


def _row(held: Sequence[Key], live: Sequence[Key], sums: dict[str, Any]) -> Usage:
    first = held[0]
    return Usage(
        member_id=first.member_id,
        person=first.member.user.get_username(),
        organisation_id=first.organisation_id,
        organisation=first.organisation.name,
        keys=len(held),
        live_keys=len(live),
        cost=sum((each.cost_spent for each in held), Decimal(0)),
        tokens_left=_tokens_left(live),
        cost_left=_cost_left(live),
        **sums,
    )


def _tokens_left(live: Sequence[Key]) -> int | None:
    left = [each.most_tokens - each.tokens_spent for each in live if each.most_tokens is not None]
    return sum(max(each, 0) for each in left) if len(left) == len(live) else None


def _cost_left(live: Sequence[Key]) -> Decimal | None:
    left = [each.most_cost - each.cost_spent for each in live if each.most_cost is not None]
    return sum((max(each, Decimal(0)) for each in left), Decimal(0)) if len(left) == len(live) else None


def _live(keys: Sequence[Key]) -> set[str]:
    now = clock.now()
    return {each for each, held in standings(keys, now).items() if ending_of(held.standing, now) is None}


def _sums(keys: Sequence[Key]) -> dict[str, dict[str, Any]]:
    """What each person's requests add up to: the fields of Usage that come from requests."""
    found = Request.objects.filter(key__in=[each.id for each in keys]).order_by().values("key__member")
    added = found.annotate(
        requests=Count("id"),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        estimated=Count("id", filter=Q(estimated=True)),
        bounded=Count("id", filter=Q(bounded=True)),
        last_at=Max("at"),
    )
    sums: dict[str, dict[str, Any]] = {
        each["key__member"]: {name: value for name, value in each.items() if name != "key__member"}
        for each in added
    }
    for row in found.values("key__member", "ending").annotate(n=Count("id")):
        sums[row["key__member"]].setdefault("endings", {})[Ending(row["ending"])] = row["n"]
    return sums
