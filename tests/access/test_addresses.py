"""No developer reaches the hub's own network through its gateway."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import allowed_address, is_named, why_not
from headstart.site.configuration import SettingInvalid, upstreams


@pytest.mark.parametrize(
    "ip", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
)
def test_public_addresses_may_be_reached(ip: str) -> None:
    assert allowed_address(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:7f00:1::", "2001:db8::1",
        "fec0::1", "", "localhost", "127.0.0.1:80", "0x7f.1", "2130706433", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_no_form_of_an_address_of_our_own_may_be_reached(ip: str) -> None:
    assert not allowed_address(ip)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_by_itself(inner: object) -> None:
    value = int(inner)  # type: ignore[call-overload]
    words = f"{value >> 16:x}:{value & 0xFFFF:x}"
    for form in (f"::ffff:{inner}", f"64:ff9b::{words}", f"2002:{words}::"):
        assert allowed_address(form) == allowed_address(str(inner))


@pytest.mark.parametrize(
    "url",
    ["https://models.example.org", "https://models.example.org:8443/v1/", "https://93.184.215.14/v1",
     "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/v1"],
)  # fmt: skip
def test_an_https_address_on_the_public_internet_is_taken(url: str) -> None:
    assert why_not(url, ()) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://models.example.org/v1", "https"),
        ("ftp://models.example.org/", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("models.example.org", "not an address"),
        ("https://", "not an address"),
        ("https://models.example.org:99999/", "not an address"),
        ("https://models.example.org:0/", "not an address"),
        ("https://mod els.example.org/", "not an address"),
        ("https://models.example.org\r\nX-Evil: 1", "not an address"),
        ("https://mödels.example.org/", "not an address"),
        ("https://127.0.0.1\\@models.example.org/", "not an address"),
        ("https://127.0.0.1%2f@models.example.org/", "not an address"),
        ("https://key@models.example.org/", "field of its own"),
        ("https://user:pass@models.example.org/", "field of its own"),
        ("https://models.example.org/v1?key=1", "query"),
        ("https://models.example.org/v1#x", "query"),
        ("https://models.example.org/v1?", "query"),
        ("https://models.example.org/a/../b", "up a folder"),
        ("https://models.example.org/a/%2E%2e/b", "up a folder"),
        ("https://localhost/v1", "public internet"),
        ("https://hub/v1", "public internet"),
        ("https://db.internal/v1", "public internet"),
        ("https://printer.local./v1", "public internet"),
        ("https://127.0.0.1/v1", "public internet"),
        ("https://127.1/v1", "public internet"),
        ("https://2130706433/v1", "public internet"),
        ("https://0x7f.0.0.1/v1", "public internet"),
        ("https://a.0x7f000001/v1", "public internet"),
        ("https://[::1]/v1", "public internet"),
        ("https://[::ffff:169.254.169.254]/latest", "public internet"),
        ("https://169.254.169.254/latest", "public internet"),
        ("https://models.example.org/" + "a" * 500, "not an address"),
    ],
)
def test_any_other_is_refused_in_a_line(url: str, why: str) -> None:
    assert why in why_not(url, ())


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1"),
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:"),
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:9000"),
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:9000/"),
        ("http://127.0.0.1:9000/models/a", "http://127.0.0.1:9000/models"),
        ("http://127.0.0.1:9000/models", "http://127.0.0.1:9000/models/"),
        ("https://models.intranet/v1", "https://models.intranet"),
    ],
)
def test_an_address_that_the_machines_keeper_named_is_taken(url: str, prefix: str) -> None:
    assert is_named(url, [prefix])
    assert why_not(url, ["https://other.example", prefix]) == ""


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("http://127.0.0.1:9000/v1", "http://127.0.0.1:900"),
        ("http://127.0.0.1:9001/v1", "http://127.0.0.1:9000"),
        ("https://127.0.0.1:9000/v1", "http://127.0.0.1:9000"),
        ("http://127.0.0.10/v1", "http://127.0.0.1"),
        ("http://127.0.0.1.evil.example/v1", "http://127.0.0.1"),
        ("http://127.0.0.1:9000/models-b", "http://127.0.0.1:9000/models"),
        ("http://127.0.0.1:9000/models/../admin", "http://127.0.0.1:9000/models"),
        ("http://127.0.0.1:9000@evil.example/", "http://127.0.0.1:9000"),
        ("http://127.0.0.1:9000?x", "http://127.0.0.1:9000"),
    ],
)
def test_what_only_begins_like_a_named_address_is_not(url: str, prefix: str) -> None:
    assert why_not(url, [prefix]) != ""


def test_the_machines_keeper_names_addresses_by_commas() -> None:
    assert upstreams({}) == ()
    named = upstreams({"HEADSTART_UPSTREAMS": " http://127.0.0.1: , https://models.intranet/v1,"})
    assert named == ("http://127.0.0.1:", "https://models.intranet/v1")
    assert is_named("http://127.0.0.1:8000/v1", named)


@pytest.mark.parametrize("wrong", ["127.0.0.1", "ftp://here", "http://", "*"])
def test_a_setting_that_is_no_address_is_refused_in_a_line(wrong: str) -> None:
    with pytest.raises(SettingInvalid, match="write http://host"):
        upstreams({"HEADSTART_UPSTREAMS": f"http://127.0.0.1,{wrong}"})
