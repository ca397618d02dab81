"""The access room's writes. None of them touches what passes through, or a release."""

from headstart.access.services.gateways import beat, recover, start_gateway, stop_gateway
from headstart.access.services.keys import give_key, revoke_key
from headstart.access.services.requests import Answer, Begin, Finish, write
from headstart.access.services.upstreams import add_upstream, remove_upstream, seal_anew
from headstart.access.services.words import delete_kept_words, read_words

__all__ = [
    "Answer",
    "Begin",
    "Finish",
    "add_upstream",
    "beat",
    "delete_kept_words",
    "give_key",
    "read_words",
    "recover",
    "remove_upstream",
    "revoke_key",
    "seal_anew",
    "start_gateway",
    "stop_gateway",
    "write",
]
