"""What a request asks for. It is read to know, never to change it: the endpoint gets its bytes as they came."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from headstart.access.rules.requests import Dialect

TOOLS = ("tools", "functions", "mcp_servers", "web_search_options")
CAPS = {Dialect.OPENAI: ("max_completion_tokens", "max_tokens"), Dialect.ANTHROPIC: ("max_tokens",)}
ELSEWHERE = frozenset({"models", "fallbacks"})  # by which some routers take further models
READ = frozenset({"model", "stream", "n", *TOOLS, *CAPS[Dialect.OPENAI], *ELSEWHERE})
MOST_KEYS = 256
MOST_MODEL_CHARACTERS = 200
MOST_TOKENS = 10**9
SPACE = re.compile(rb"[ \t\n\r]*")
NAME = re.compile(rb'"(?:[^"\\]|\\.)*"')
OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The model, whether the answer streams, the cap it sets itself on the answer's tokens, whether it brings tools."""

    model: str
    streams: bool
    most_tokens: int | None
    tools: bool


def read_wish(body: bytes, dialect: Dialect) -> Wish:
    """What a request's body asks for.

    Of two members of the same name one reader takes the first and another the last, and some don't tell capitals
    from small letters: where that could make the endpoint see another model than we do, the request is refused.

    Raises:
        ValueError: not a JSON object with a model, or it can be read in two ways.
    """
    try:
        members = OBJECT.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise ValueError("the body is no JSON object, or is too deep") from None
    if len(members) > MOST_KEYS:
        raise ValueError(f"the body has more than {MOST_KEYS} members")
    if not _is_read_in_one_way(body, members):
        raise ValueError("the body has two members of the same name")
    if any(each.casefold() in READ and each not in READ for each in members):
        raise ValueError("a member's name differs from a known one in its capitals alone")
    if ELSEWHERE & members.keys():
        raise ValueError("name one model in `model`; `models` and `fallbacks` don't pass")
    model = _value(members, "model")
    if not isinstance(model, str) or not 0 < len(model) <= MOST_MODEL_CHARACTERS:
        raise ValueError("the body names no model")
    return Wish(
        model=model,
        streams=_value(members, "stream") is True,
        most_tokens=_cap(members, dialect),
        tools=any(_value(members, each) not in (None, [], {}) for each in TOOLS if each in members),
    )


def _value(members: dict[str, msgspec.Raw], name: str) -> Any:
    if name not in members:
        return None
    try:
        return msgspec.json.decode(members[name])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise ValueError("the body is no JSON object, or is too deep") from None


def _cap(members: dict[str, msgspec.Raw], dialect: Dialect) -> int | None:
    for name in CAPS[dialect]:
        cap = _value(members, name)
        if _is_count(cap):
            answers = _value(members, "n")
            return int(cap) * (int(answers) if _is_count(answers) and answers else 1)
    return None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS


def _is_read_in_one_way(body: bytes, members: dict[str, msgspec.Raw]) -> bool:
    """Whether every member stands in the body once: walk over it by the lengths of the values that were taken."""
    seen: set[str] = set()
    at = _past_space(body, 0) + 1  # the brace
    for _ in range(len(members)):
        name = NAME.match(body, _past_space(body, at))
        if name is None:
            return False
        word = msgspec.json.decode(name[0], type=str)
        value = bytes(members[word])
        at = _past_space(body, _past_space(body, name.end()) + 1)  # the colon
        if word in seen or not body.startswith(value, at):
            return False
        seen.add(word)
        at = _past_space(body, at + len(value)) + 1  # the comma, or the last brace
    return body[at - 1 : at] == b"}"


def _past_space(body: bytes, at: int) -> int:
    found = SPACE.match(body, at)
    return found.end() if found else at
