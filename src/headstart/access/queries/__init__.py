"""The access room's reads; each asks who is looking."""

from headstart.access.queries.gateways import left_under_way
from headstart.access.queries.passes import admit, over
from headstart.access.queries.standing import Grounds, standings
from headstart.access.queries.upstreams import key, keys, upstream, upstreams, whole_keys
from headstart.access.queries.usage import request, requests, usage

__all__ = [
    "Grounds",
    "admit",
    "key",
    "keys",
    "left_under_way",
    "over",
    "request",
    "requests",
    "standings",
    "upstream",
    "upstreams",
    "usage",
    "whole_keys",
]
