"""Gateways that may have left something: for the gateways themselves, which watch over each other."""

from collections.abc import Mapping

from headstart.access.models import Gateway


def left_under_way(but: str) -> Mapping[str, int]:
    """The gateways, other than one, that have requests under way; each with how often it has beaten so far.

    The index of what is under way answers this, however many requests there were.
    """
    found = Gateway.objects.filter(requests__ended_at__isnull=True).exclude(id=but)
    return dict(found.distinct().values_list("id", "beats"))
