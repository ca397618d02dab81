"""An instance's proxy, by its settings."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from headstart.access.ports import Books
from headstart.access.providers.endpoint import HttpEndpoint
from headstart.access.work.limits import Limits
from headstart.access.work.proxying import Proxy
from headstart.site.configuration import SettingInvalid

SETTABLE = ("connect_seconds", "first_byte_seconds", "idle_seconds", "whole_seconds")
LONGEST = 24 * 3600


def make_proxy(books: Books, limits: Limits | None = None) -> Proxy:
    """The proxy of this instance; to be called in the event loop that serves.

    Hosts of HEADSTART_UPSTREAMS may be on a network that is not public: whoever keeps the machine named them.
    """
    from django.conf import settings

    limits = limits or Limits()
    hosts = {urlsplit(each).hostname or "" for each in settings.HEADSTART_UPSTREAMS}
    return Proxy(books, HttpEndpoint(connect_seconds=limits.connect_seconds, named_hosts=hosts), limits)


def read_limits(environment: Mapping[str, str]) -> Limits:
    """How long the gateway waits: `HEADSTART_GATEWAY_FIRST_BYTE_SECONDS` and its like.

    Raises:
        SettingInvalid: one is no number of seconds.
    """
    chosen: dict[str, Any] = {}
    for each in SETTABLE:
        name = f"HEADSTART_GATEWAY_{each.upper()}"
        if said := environment.get(name, ""):
            chosen[each] = _seconds(name, said)
    return replace(Limits(), **chosen)


def _seconds(name: str, said: str) -> float:
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise SettingInvalid(name, f"is {said}; give seconds, above 0 and up to {LONGEST}")
    return seconds
