"""Gateways: each beats while it lives; what a dead one left under way is completed, and charged as if all was used."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from headstart.access.models import Gateway, Request
from headstart.access.ports import Ended
from headstart.access.rules import Ending
from headstart.access.services.requests import Finish, write

AT_ONCE = 200


@transaction.atomic
def start_gateway(host: str, *, at: datetime) -> Gateway:
    """A gateway's process begins: its own mark, by which the others know that it lives."""
    return Gateway.objects.create(host=host[:100], started_at=at)


def beat(gateway_id: str) -> None:
    """A gateway lives."""
    Gateway.objects.filter(id=gateway_id).update(beats=F("beats") + 1)


@transaction.atomic
def stop_gateway(gateway_id: str, *, at: datetime) -> int:
    """A gateway's process ends as it should; how many requests it had not completed, which are completed now."""
    Gateway.objects.filter(id=gateway_id).update(stopped_at=at)
    return recover([gateway_id], at=at)


def recover(gateway_ids: Collection[str], *, at: datetime) -> int:
    """Complete what gateways that are gone left under way; how many requests.

    What such a request used nobody knows: it is charged its estimate and all that its answer could have had.
    """
    done = 0
    left = Request.objects.filter(gateway_id__in=gateway_ids, ended_at__isnull=True).order_by("at", "id")
    while batch := list(left[:AT_ONCE]):
        write([Finish(request_id=each.id, ended=_lost(each, at)) for each in batch], at=at)
        done += len(batch)
    return done


def _lost(request: Request, at: datetime) -> Ended:
    """How a request ended whose gateway was killed."""
    cap = request.reserved_out if request.capped_at is None else min(request.capped_at, request.reserved_out)
    return Ended(
        ending=Ending.GATEWAY,
        status=None,
        digest="",
        size=0,
        tokens_in=None,
        tokens_out=cap,
        seen_bytes_in=request.request_bytes,
        seen_bytes_out=0,
        first_byte_ms=None,
        wall_seconds=max(0.0, (at - request.at).total_seconds()),
    )
