"""A developer's endpoints: added with a secret that goes in and never comes out, removed at any time."""

from collections.abc import Mapping
from typing import Any, Unpack

from django.conf import settings
from django.db import transaction

from headstart import clock
from headstart.access import queries, work
from headstart.access.errors import NotYours, ReviewOver, UpstreamInvalid
from headstart.access.models import KeptWords, Key, Upstream
from headstart.access.queries.passes import SECRET
from headstart.access.rules import Endpoint, EndpointWords, endpoints
from headstart.access.services.words import WORDS
from headstart.ledger import services as ledger
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.rules import Stage

MOST_ENDPOINTS = 20


@transaction.atomic
def add_upstream(review_id: str, *, actor: Viewer, **words: Unpack[EndpointWords]) -> Upstream:
    """The developer names an endpoint where its model answers (`rules.Endpoint`).

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        NotYours: the actor is not the developer.
        ReviewOver: the review has ended.
        UpstreamInvalid: a value can't be, or the address is not public and not named in HEADSTART_UPSTREAMS.
    """
    review = reviews.review(actor, review_id)
    if actor.organisation_id != review.developer_id:
        raise NotYours("add an endpoint", "the developer")
    if review.stage == Stage.CLOSED:
        raise ReviewOver
    endpoint = Endpoint(**words)
    wrong = endpoints.fault(endpoint, settings.HEADSTART_UPSTREAMS)
    name = endpoint.name.strip()
    there = Upstream.objects.filter(review=review, removed_at=None)
    if not wrong and there.filter(name=name).exists():
        wrong = f"there is one called {name} already; remove it, or take another name"
    if not wrong and there.count() >= MOST_ENDPOINTS:
        wrong = f"a review has {MOST_ENDPOINTS} at most; remove one"
    if wrong:
        raise UpstreamInvalid(wrong)
    made = Upstream(
        review=review,
        name=name,
        dialect=endpoint.dialect,
        base_url=endpoint.base_url.rstrip("/"),
        models_text=list(dict.fromkeys(each.strip() for each in endpoint.models)),
        safeguards=endpoint.safeguards,
        price_in=endpoint.price_in,
        price_out=endpoint.price_out,
        added_at=clock.now(),
    )
    vault = work.open_vault(settings.HEADSTART_DATA)
    made.sealed_key = vault.seal(endpoint.secret.encode(), what=SECRET, row=made.id)
    made.save(force_insert=True)
    _record(made, actor, "gateway.upstream_added")
    return made


@transaction.atomic
def remove_upstream(upstream_id: str, *, actor: Viewer) -> Upstream:
    """The developer takes an endpoint away: every key to it is over at once, and its secret is gone.

    Raises:
        UpstreamNotFound: absent, or not this actor's to see.
        NotYours: the actor is not the developer.
    """
    seen = queries.upstream(actor, upstream_id)
    if actor.organisation_id != seen.review.developer_id:
        raise NotYours("remove an endpoint", "the developer")
    found = Upstream.objects.select_for_update(of=("self",)).select_related("review").get(id=seen.id)
    if found.removed_at is None:
        found.removed_at = clock.now()
        found.sealed_key = b""
        found.save(update_fields=["removed_at", "sealed_key"])
        _record(found, actor, "gateway.upstream_removed")
    return found


@transaction.atomic
def seal_anew(*, actor: Viewer) -> int:
    """Seal everything by the newest key of the vault, after it was rotated; how many values.

    Raises:
        NotYours: the actor is not the hub.
        VaultShut: a value can't be opened; nothing was changed.
    """
    if not actor.is_hub:
        raise NotYours("seal anew what the vault keeps", "the hub")
    vault = work.open_vault(settings.HEADSTART_DATA)
    sealed = 0
    for upstream in Upstream.objects.select_for_update().filter(removed_at=None).order_by("id"):
        plain = vault.unseal(bytes(upstream.sealed_key), what=SECRET, row=upstream.id)
        upstream.sealed_key = vault.seal(plain, what=SECRET, row=upstream.id)
        upstream.save(update_fields=["sealed_key"])
        sealed += 1
    for kept in KeptWords.objects.select_for_update().order_by("request_id").iterator(chunk_size=100):
        plain = vault.unseal(bytes(kept.sealed), what=WORDS, row=kept.request_id)
        kept.sealed = vault.seal(plain, what=WORDS, row=kept.request_id)
        kept.save(update_fields=["sealed"])
        sealed += 1
    ledger.append(
        actor=actor.organisation_id,
        kind="gateway.sealed_anew",
        subject="urn:headstart:vault",
        details={"values": sealed},
    )
    return sealed


def _record(upstream: Upstream, actor: Viewer, kind: str) -> None:
    """Write down what happened to an endpoint, for its developer and those who hold a key to it: never its address."""
    holders = Key.objects.filter(upstream=upstream).values_list("organisation_id", flat=True)
    details: Mapping[str, Any] = {
        "review": upstream.review_id,
        "name": upstream.name,
        "dialect": str(upstream.dialect),
        "models": upstream.models_text,
        "safeguards": str(upstream.safeguards),
    }
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=upstream.urn,
        details=details,
        audience={upstream.review.developer_id, *holders},
    )
