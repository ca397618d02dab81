"""What the gateway itself says, in shapes that the dialects' clients know: refusals, last events, models."""

from collections.abc import Iterable

import msgspec

from headstart.access.rules.requests import Dialect

CHAT, MESSAGES, MODELS = "/v1/chat/completions", "/v1/messages", "/v1/models"
PATHS = {Dialect.OPENAI: CHAT, Dialect.ANTHROPIC: MESSAGES}

OPENAI_TYPES = {
    429: "rate_limit_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
}
ANTHROPIC_TYPES = OPENAI_TYPES | {413: "request_too_large", 504: "timeout_error", 529: "overloaded_error"}


def refusal(dialect: Dialect, status: int, code: str, line: str) -> bytes:
    """An error's body. `line` is for a person, `code` for a program."""
    return msgspec.json.encode(_error(dialect, status, code, line))


def last_event(dialect: Dialect, status: int, code: str, line: str) -> bytes:
    """The event that ends a stream which can't go on; the dialects' clients raise it as an error."""
    said = msgspec.json.encode(_error(dialect, status, code, line))
    return (b"event: error\n" if dialect is Dialect.ANTHROPIC else b"") + b"data: " + said + b"\n\n"


def list_of_models(dialect: Dialect, names: Iterable[str]) -> bytes:
    """The models that a key reaches. When they were made is not said: a date of 1970, as the dialects allow."""
    names = sorted(names)
    if dialect is Dialect.ANTHROPIC:
        made = [
            {"type": "model", "id": each, "display_name": each, "created_at": "1970-01-01T00:00:00Z"}
            for each in names
        ]
        ends = {"first_id": names[0], "last_id": names[-1]} if names else {"first_id": None, "last_id": None}
        return msgspec.json.encode({"data": made, "has_more": False, **ends})
    data = [{"id": each, "object": "model", "created": 0, "owned_by": "headstart"} for each in names]
    return msgspec.json.encode({"object": "list", "data": data})


def dialect_of(path: str, *, anthropic: bool) -> Dialect:
    """Whose shapes a path's answers have; `anthropic`: the request has Anthropic's own headers."""
    if path.startswith(MESSAGES):
        return Dialect.ANTHROPIC
    return Dialect.ANTHROPIC if anthropic and path == MODELS else Dialect.OPENAI


def _error(dialect: Dialect, status: int, code: str, line: str) -> dict[str, object]:
    otherwise = "invalid_request_error" if status < 500 else "api_error"
    if dialect is Dialect.ANTHROPIC:
        kind = ANTHROPIC_TYPES.get(status, otherwise)
        return {"type": "error", "error": {"type": kind, "message": line, "code": code}}
    kind = OPENAI_TYPES.get(status, otherwise)
    return {"error": {"message": line, "type": kind, "param": None, "code": code}}
