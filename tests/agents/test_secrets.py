import pytest

from headstart.agents.rules.secrets import cleaned, one_line, places, redacted, redacted_bytes, secrets_of

KEY = "sk-canary-0123456789"


def test_redaction_leaves_no_part_of_a_longer_secret() -> None:
    text = "at https://models.example/v1/chat with https://models.example"
    clean = redacted(text, ("https://models.example", "https://models.example/v1", ""))
    assert clean == "at [redacted]/chat with [redacted]"


def test_keys_and_places_are_secret_and_ordinary_variables_are_not() -> None:
    found = secrets_of(
        {
            "ACME_API_KEY": KEY,
            "HF_TOKEN": "hf_abcdefghij",
            "ACME_BASE_URL": "https://gpu7.inside.example:8443/v1/",
            "HOME": "/home/somebody",
            "SHORT_KEY": "abc",
        }
    )
    text = (
        f"{KEY} hf_abcdefghij https://gpu7.inside.example:8443/v1/chat gpu7.inside.example /home/somebody abc"
    )
    assert redacted(text, found) == "[redacted] [redacted] [redacted]chat [redacted] /home/somebody abc"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://localhost:8000/v1"])
def test_a_loopback_address_is_no_secret_its_url_is(url: str) -> None:
    host = url.removeprefix("http://").removesuffix("/v1")
    assert redacted(f"{url} and {host}", places(url)) == f"[redacted] and {host}"


def test_a_url_that_is_none_is_still_taken_out() -> None:
    assert redacted("to http://[bad:url now", places("http://[bad:url")) == "to [redacted] now"


def test_texts_deep_in_json_are_redacted_and_cut() -> None:
    held = {f"at {KEY}": [{"x": (f"<{KEY}>", 3, None)}, "y" * 50]}
    clean = cleaned(held, (KEY,), 20)
    assert clean == {
        "at [redacted]": [{"x": ["<[redacted]>", 3, None]}, "y" * 20 + " [cut: 30 characters more]"]
    }
    assert redacted_bytes(b"\xff" + KEY.encode(), (KEY,)) == b"\xff[redacted]"


def test_a_line_is_one_line_and_prints() -> None:
    assert one_line("a\n\tb\x1b[31m c") == "a b\N{REPLACEMENT CHARACTER}[31m c"
    assert len(one_line("x" * 1000)) == 300
