"""Which headers pass, which key is shown, and where a request goes."""

import pytest

from headstart.access.rules import Dialect
from headstart.access.rules.answers import dialect_of, last_event, list_of_models, refusal
from headstart.access.rules.headers import address, shown_key, to_endpoint, to_person

SECRET = "sk-upstream-secret"


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([(b"authorization", b"Bearer abc")], "abc"),
        ([(b"authorization", b"bearer   abc ")], "abc"),
        ([(b"x-api-key", b"abc")], "abc"),
        ([(b"x-api-key", b"abc"), (b"authorization", b"Bearer abc")], "abc"),
        ([(b"x-api-key", b"abc"), (b"authorization", b"Bearer def")], None),
        ([(b"authorization", b"Bearer abc"), (b"authorization", b"Bearer def")], None),
        ([(b"authorization", b"Basic abc")], None),
        ([(b"authorization", b"abc")], None),
        ([(b"authorization", b"Bearer \xff\xfe")], None),
        ([(b"authorization", b"Bearer " + b"a" * 257)], None),
        ([(b"x-api-key", b"")], None),
        ([], None),
    ],
)
def test_one_key_is_shown_or_none(headers: list[tuple[bytes, bytes]], key: str | None) -> None:
    assert shown_key(headers) == key


def test_the_endpoint_sees_the_developers_key_and_not_the_persons() -> None:
    told = to_endpoint(
        [(b"authorization", b"Bearer person"), (b"x-api-key", b"person")], Dialect.OPENAI, SECRET
    )
    assert ("authorization", f"Bearer {SECRET}") in told
    told += to_endpoint(
        [(b"authorization", b"Bearer person"), (b"x-api-key", b"person")], Dialect.ANTHROPIC, SECRET
    )
    assert ("x-api-key", SECRET) in told
    assert "person" not in str(told)


@pytest.mark.parametrize(
    "name",
    ["cookie", "host", "connection", "te", "transfer-encoding", "content-length", "expect", "x-forwarded-for",
     "forwarded", "via", "proxy-authorization", "openai-organization", "openai-project", "api-key", "accept-encoding",
     "content-encoding", "x-http-method-override"],
)  # fmt: skip
def test_what_could_choose_another_account_or_frame_a_message_stays(name: str) -> None:
    told = to_endpoint([(name.encode(), b"chosen")], Dialect.OPENAI, SECRET)
    assert "chosen" not in str(told)


def test_what_the_dialects_clients_say_passes() -> None:
    names = [
        b"anthropic-version",
        b"anthropic-beta",
        b"openai-beta",
        b"user-agent",
        b"accept",
        b"x-stainless-lang",
    ]
    told = dict(to_endpoint([(each, b"said") for each in names], Dialect.ANTHROPIC, SECRET))
    assert {told[each.decode()] for each in names} == {"said"}


def test_of_an_answers_headers_only_what_a_client_needs_passes() -> None:
    passes = [
        (b"content-type", b"a"),
        (b"retry-after", b"3"),
        (b"x-ratelimit-limit-tokens", b"5"),
        (b"request-id", b"r"),
    ]
    stays = [
        (each, b"1")
        for each in (b"set-cookie", b"location", b"openai-organization", b"anthropic-organization-id", b"server",
                     b"transfer-encoding", b"connection", b"content-length", b"access-control-allow-origin")
    ]  # fmt: skip
    leaks = [(b"x-request-id", f"of {SECRET}".encode()), (b"x-ratelimit-" + SECRET.encode(), b"1")]
    assert to_person([*passes, *stays, *leaks], SECRET) == passes


@pytest.mark.parametrize(
    ("base", "query", "where"),
    [
        ("https://m.example/v1", b"", "https://m.example/v1/messages"),
        ("https://m.example/v1/", b"", "https://m.example/v1/messages"),
        ("https://m.example", b"beta=true", "https://m.example/v1/messages?beta=true"),
        ("https://m.example/lab/v1", b"", "https://m.example/lab/v1/messages"),
    ],
)
def test_a_base_url_may_end_in_v1_or_not(base: str, query: bytes, where: str) -> None:
    assert address(base, "/v1/messages", query) == where


@pytest.mark.parametrize("query", [b"a b", b"a\r\nx: y", b"#x", b"\xff", b"a" * 1025])
def test_a_query_that_is_none_is_refused(query: bytes) -> None:
    with pytest.raises(ValueError, match="query"):
        address("https://m.example", "/v1/messages", query)


def test_errors_and_lists_have_the_dialects_own_shapes() -> None:
    assert refusal(Dialect.OPENAI, 429, "budget-spent", "spent") == (
        b'{"error":{"message":"spent","type":"rate_limit_error","param":null,"code":"budget-spent"}}'
    )
    assert last_event(Dialect.ANTHROPIC, 403, "over", "o") == (
        b'event: error\ndata: {"type":"error","error":{"type":"permission_error","message":"o","code":"over"}}\n\n'
    )
    assert list_of_models(Dialect.OPENAI, ["b", "a"]).index(b'"a"') < list_of_models(
        Dialect.OPENAI, ["b", "a"]
    ).index(b'"b"')
    assert b'"has_more":false' in list_of_models(Dialect.ANTHROPIC, [])


def test_the_dialect_of_an_error_is_the_one_that_was_asked_in() -> None:
    assert dialect_of("/v1/messages", anthropic=False) is Dialect.ANTHROPIC
    assert dialect_of("/v1/models", anthropic=True) is Dialect.ANTHROPIC
    assert dialect_of("/v1/models", anthropic=False) is Dialect.OPENAI
    assert dialect_of("/v1/chat/completions", anthropic=True) is Dialect.OPENAI
