"""A programme is data, and none of them can hold a release back, however it is put."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.reviews import rules
from headstart.reviews.errors import ProgrammeInvalid, ProgrammeNotFound
from headstart.reviews.rules.holding import would_hold
from headstart.reviews.work import SHIPPED, load_programme, programmes, shipped

NAMES = ("caisi", "eo14110", "eo14409", "eo14409-draft", "eo14409-proposal", "eu-ai-act")
EO = (SHIPPED / "eo14409.toml").read_text()
SMALL = """
id = "mine"
name = "Mine"
longest_window_days = 10
runs_to = "release to other trusted partners"
voluntary = true
authority = "An authority"
may_join = ["developer", "evaluator", "authority", "partner"]
partners_chosen_by = ["developer", "authority"]
legal_basis = "An agreement."
status = "profile"
zone = "Europe/Brussels"
"""


def refused(text: str) -> str:
    """Why a text is no programme: one line of bounded length."""
    with pytest.raises(ProgrammeInvalid) as caught:
        rules.read_programme(text, "mine.toml")
    line = str(caught.value)
    assert line.startswith("mine.toml: ")
    assert line.isprintable()
    assert len(line) <= 400
    return line


def with_(key: str, value: str) -> str:
    """The small programme with another value for one of its keys."""
    kept = [each for each in SMALL.splitlines() if not each.startswith(f"{key} =")]
    return "\n".join([f"{key} = {value}", *kept])


def tiers(*days: int) -> str:
    """Tiers that begin on these days; a fourth is the first once more."""
    names = ("critical-infrastructure", "defender", "other", "critical-infrastructure")
    return (
        "["
        + ", ".join(f'{{tier = "{name}", from_day = {day}}}' for name, day in zip(names, days, strict=False))
        + "]"
    )


# what ships


def test_six_programmes_ship() -> None:
    assert {each.id for each in programmes()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_programme_is_named_as_its_file_and_says_where_it_is_from(name: str) -> None:
    programme = load_programme(name)
    assert programme.id == name
    assert programme.firm
    assert all(each.endswith(".") for each in programme.sources)


def test_the_order_allows_thirty_days_to_release_to_other_trusted_partners() -> None:
    order = load_programme("eo14409")
    assert (order.longest_window_days, order.voluntary, order.status) == (30, True, "in force")
    assert order.runs_to == "release to other trusted partners"
    assert set(order.partners_chosen_by) == {"developer", "authority"}
    assert "no mandatory licensing" in order.legal_basis


@pytest.mark.parametrize(("name", "days"), [("eo14409-draft", 90), ("eo14409-proposal", 14)])
def test_the_draft_and_the_proposal_differ_from_the_order_in_length(name: str, days: int) -> None:
    found = {each.field: each for each in rules.differences(load_programme("eo14409"), load_programme(name))}
    assert (found["longest_window_days"].a, found["longest_window_days"].b) == (30, days)
    assert {"authority", "runs_to", "zone", "may_join", "partners_chosen_by", "voluntary"}.isdisjoint(found)
    assert load_programme(name).status in ("draft", "proposal")


def test_the_european_profile_binds_to_notify_and_holds_nothing_back() -> None:
    profile = load_programme("eu-ai-act")
    assert not profile.voluntary
    assert profile.zone == "Europe/Brussels"
    assert "holds nothing back" in profile.legal_basis


def test_the_order_of_2023_is_withdrawn() -> None:
    assert load_programme("eo14110").status == "withdrawn"


def test_a_length_that_no_public_page_states_is_marked_as_assumed_and_as_weak() -> None:
    assumed = {each.id for each in programmes() if each.length_is == "assumed"}
    assert assumed == {"caisi", "eo14110", "eu-ai-act"}
    for each in programmes():
        assert any("assumed" in weak for weak in each.weak) == (each.id in assumed)


def test_every_programme_tells_the_developer_that_it_may_release_on_any_day() -> None:
    for each in programmes():
        assert "The developer may release its model on any day; the window then ends." in each.terms


# how it is read


def test_a_small_programme_is_enough() -> None:
    programme = rules.read_programme(SMALL, "mine.toml")
    assert (programme.id, programme.tiers, programme.markings) == ("mine", (), {})


@pytest.mark.parametrize("key", [each.split(" =")[0] for each in SMALL.strip().splitlines()])
def test_no_key_can_be_left_out(key: str) -> None:
    text = "\n".join(each for each in SMALL.splitlines() if not each.startswith(f"{key} ="))
    assert f"missing required field `{key}`" in refused(text)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("longest_window_days", '"thirty"', "Expected `int`, got `str`"),
        ("longest_window_days", "0", "between 1 and 366"),
        ("longest_window_days", "367", "between 1 and 366"),
        ("longest_window_days", "-3", "between 1 and 366"),
        ("longest_window_days", "29.5", "Expected `int`, got `float`"),
        ("longest_window_days", "true", "Expected `int`, got `bool`"),
        ("longest_window_days", "1" * 5000, "digits"),
        ("longest_window_days", "9" * 30, "between 1 and 366"),
        ("longest_window_days", "2026-06-02", "Expected `int`"),
        ("voluntary", '"no"', "Expected `bool`, got `str`"),
        ("voluntary", "1", "Expected `bool`, got `int`"),
        ("may_join", '"developer"', "Expected `array`, got `str`"),
        ("may_join", "[]", "may_join must name developer"),
        ("may_join", '["evaluator"]', "may_join must name developer"),
        ("may_join", '["developer", "wizard"]', "may_join names 'wizard'"),
        ("may_join", '["developer", "developer"]', "may_join names somebody twice"),
        ("may_join", '["developer", "hub"]', "may_join names 'hub'"),
        ("may_join", '[["developer"]]', "Expected `str`, got `array`"),
        ("partners_chosen_by", '["authority"]', "must name developer"),
        ("partners_chosen_by", '["developer", "operator"]', "partners_chosen_by names 'operator'"),
        ("status", '"maybe"', "Invalid enum value"),
        ("zone", '"Mars/Olympus"', "zone must be a name of the time zone database"),
        ("zone", '"../../etc/passwd"', "zone must be a name"),
        ("zone", '"/etc/localtime"', "zone must be a name"),
        ("zone", '"America"', "zone must be a name"),
        ("zone", '""', "zone must be a name"),
        ("zone", '"UTC\\u0000"', "a character that can't be seen"),
        ("id", '"Mine"', "id must be"),
        ("id", '"../mine"', "id must be"),
        ("id", '""', "id must be"),
        ("id", f'"{"a" * 41}"', "id must be"),
        ("name", '" "', "name is empty"),
        ("name", f'"{"x" * 700}"', "longer than 600 characters"),
        ("name", '"two\\nlines"', "a character that can't be seen"),
        ("name", '"a \\u202e turn"', "a character that can't be seen"),
        ("terms", str(["x"] * 41), "more than 40 entries"),
        ("markings", '{weights = "TLP:RED"}', "there is no field 'weights'"),
        ("markings", '{model_name = "TLP:PINK"}', "Invalid enum value 'TLP:PINK'"),
        ("tiers", tiers(1, 2), "must name every tier, or none"),
        ("tiers", tiers(0, 1, 1), "a day of the window, 1 to 10"),
        ("tiers", tiers(1, 1, 11), "a day of the window, 1 to 10"),
        ("tiers", tiers(1, 1, 1, 1), "names a tier twice"),
        ("tiers", tiers(2, 1, 3), "critical infrastructure come first"),
        ("tiers", tiers(3, 3, 2), "critical infrastructure come first"),
        ("tiers", '[{tier = "friends", from_day = 1}]', "Invalid enum value 'friends'"),
        ("tiers", '[{tier = "other", from_day = "soon"}]', "Expected `int`"),
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused_in_a_line(key: str, value: str, says: str) -> None:
    assert says in refused(with_(key, value))


@pytest.mark.parametrize(
    "text",
    [
        "id = ",
        "id = 'a'\nid = 'b'",
        "\x00",
        "= = =",
        "a=" + "[" * 12_000,
        "a=" + "{a=" * 5_000,
        "a=" + "[" * 500 + "]" * 500,
        ".".join("a" * 8_000) + " = 1",
        "[" + ".".join("a" * 8_000) + "]",
        "[[a]]\n" * 2_700,
        "x" * 16_385,
        "a." + "b." * 4 + "c = 1",
        'colour = "red"',
        '"a\\nb" = 1',
    ],
    ids=lambda text: f"{text[:12]!r} and so on, {len(text)}",
)
def test_a_bomb_is_refused_in_a_line(text: str) -> None:
    refused(text + "\n" + SMALL if len(text) < 16_000 else text)


@pytest.mark.parametrize(
    "text", ["a.b.c.d.e = 1", "terms = [[[[[1]]]]]", ".".join("a" * 8_000) + " = 1", "a=" + "[" * 12_000]
)
def test_what_is_nested_deeper_than_a_programme_is_not_walked_into(text: str) -> None:
    assert "nested too deep" in refused(text)


@given(st.text(max_size=300))
def test_whatever_a_file_says_it_is_a_programme_or_refused_in_a_line(text: str) -> None:
    refused(text)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(msgspec.structs.asdict(load_programme("eo14409")))), json)
def test_no_value_of_any_type_breaks_the_reader(field: str, value: Any) -> None:
    held = {**msgspec.to_builtins(load_programme("eo14409")), field: value}
    try:
        text = _as_toml(held)
    except (TypeError, UnicodeEncodeError):  # what TOML has no word for
        return
    with suppress(ProgrammeInvalid):
        assert rules.read_programme(text, "mine.toml").id


def _as_toml(held: dict[str, Any]) -> str:
    """Enough of TOML for a test: JSON's strings are TOML's basic strings, but for DEL and lone surrogates."""

    def one(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{one(key)} = {one(each)}" for key, each in value.items()) + "}"
        if isinstance(value, list | tuple):
            return "[" + ", ".join(map(one, value)) + "]"
        if value is None:
            raise TypeError
        if isinstance(value, float):
            return repr(value)
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")

    return "\n".join(f"{key} = {one(value)}" for key, value in held.items())


# an approval step, in any disguise

WIDE = "".join(chr(ord(each) - 0x20 + 0xFF00) for each in "approval")  # as East Asian text has Latin letters
NO_SUCH_STATE = "would be an approval step, and there is no such state"


@pytest.mark.parametrize(
    "line",
    [
        "approval_required = true",
        "approval_required = false",
        "approver = 'NSA'",
        "gate = 'closed'",
        "gated_by = ['authority']",
        "deny = []",
        "denied_until = 2027-01-01",
        "veto = false",
        "licence = 'none'",
        "license_needed = false",
        "permit_number = 1",
        "preclearance = 0",
        "may_block_release = true",
        "release_after_days = 30",
        "hold_days = 3",
        "delay_days = 3",
        "release.needs = 'a word'",
        "stages = ['enquired', 'pending', 'cleared']",
        "states = {}",
        "required_before_release = []",
        "decision_by = 'authority'",
        "sign_off = true",
        "sanctions = 'fines'",
        '"Approval Required" = true',
        '"ap-proval" = true',
        '"\u0430pproval" = true',  # its first letter is Cyrillic
        f'"{WIDE.upper()}" = true',
        '"appr0val" = 1',
        "[approval]\nby = 'authority'",
        "[[steps]]\nname = 'approve'",
        "[markings.approve]\nx = 1",
        "markings = {approval = 'TLP:RED'}",
        "tiers = [{tier = 'critical-infrastructure', from_day = 1, approved_by = 'authority'}]",
    ],
)
def test_a_key_that_would_be_an_approval_step_is_refused_in_a_line_of_its_own(line: str) -> None:
    text = f"{SMALL}\n{line}" if line.startswith("[") else f"{line}\n{SMALL}"
    assert NO_SUCH_STATE in refused(text)


SENTENCES = (
    "Release needs the approval of the authority.",
    "The authority may veto a release.",
    "No model is released without approval.",
    "No release before approval.",
    "The model is held until it is cleared for release.",
    "A release waits for the authority's answer.",
    "The release is conditional on the determination.",
    "Deployment is subject to the authority's word.",
    "The launch is blocked while the answer is covered.",
    "Release only after the determination is signed.",
    "It is no secret that approval is needed.",
    "No licence is needed, approval is.",
    "Pre-clearance by the agency.",
    "The agency signs off. Nothing else is asked.",
    "Taking part is voluntary. Permission to ship comes from the agency.",
    "A P P R O V A L comes first.",
    "The board must give its ap-proval.",
    "The board gives its \u0430pproval.",  # Cyrillic
    f"The board gives its {WIDE}.",
    "The board gives its àpprövál.",
    "The board gives its appr0val.",
    "THE AUTHORITY AUTHORIZES.",
    "Genehmigung durch die Behörde.",
    "Une autorisation préalable.",
    "A moratorium of ten days.",
    "A ten-day gate.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize(
    "field", ["terms", "criteria", "legal_basis", "runs_to", "authority", "name", "sources"]
)
def test_a_sentence_that_says_there_is_one_is_refused_wherever_it_stands(field: str, sentence: str) -> None:
    value = f'["{sentence}"]' if field in ("terms", "criteria", "sources") else f'"{sentence}"'
    assert NO_SUCH_STATE in refused(with_(field, value))


@pytest.mark.parametrize("status", ["pending approval", "approved", "gated", "licensed", "denied"])
def test_no_status_of_that_name_can_be_given(status: str) -> None:
    assert NO_SUCH_STATE in refused(with_("status", f'"{status}"'))


@pytest.mark.parametrize("kind", ["approver", "gatekeeper", "licensing body"])
def test_no_party_of_that_name_can_join(kind: str) -> None:
    assert NO_SUCH_STATE in refused(with_("may_join", f'["developer", "{kind}"]'))


@pytest.mark.parametrize(
    "sentence",
    [
        "The developer may release its model on any day; the window then ends.",
        "It creates no mandatory licensing, preclearance or permitting requirement.",
        "Nobody can approve, deny or delay a release.",
        "There is no veto.",
        "The evaluators' people hold a security clearance.",
        "Releases to partners begin with defenders of critical infrastructure.",
        "The developer gives access to its model until the window closes.",
        "The model is reached through the gateway, with a key for each person.",
        "Investigate, delegate, propagate: none of these is a step of that kind.",
        "Une fenêtre de trente jours; la développeuse décide.",
        "Ein Fenster von dreißig Tagen.",
    ],
)
def test_a_sentence_that_says_there_is_none_is_let_through(sentence: str) -> None:
    assert not would_hold(sentence)
    assert rules.read_programme(with_("terms", f'["{sentence}"]'), "mine.toml").terms == (sentence,)


def test_a_programme_has_no_field_that_could_hold_a_release() -> None:
    allowed = {"terms", "criteria", "runs_to", "longest_window_days", "length_is", "partners_chosen_by"}
    fields = set(rules.Programme.__struct_fields__) | set(rules.TierRule.__struct_fields__)
    assert {each for each in fields - allowed if would_hold(each, as_key=True)} == set()


# what differs


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_does_not_differ_from_itself(name: str) -> None:
    assert rules.differences(load_programme(name), load_programme(name)) == []


@pytest.mark.parametrize("a", NAMES)
@pytest.mark.parametrize("b", NAMES)
def test_differences_are_the_same_from_the_other_side(a: str, b: str) -> None:
    there = {each.field: (each.a, each.b) for each in rules.differences(load_programme(a), load_programme(b))}
    back = {each.field: (each.b, each.a) for each in rules.differences(load_programme(b), load_programme(a))}
    assert there == back


def test_a_tier_that_one_of_them_has_not_is_a_difference_with_nothing_on_its_side() -> None:
    found = {
        each.field: each for each in rules.differences(load_programme("eo14409"), load_programme("caisi"))
    }
    assert (found["tiers.defender"].a, found["tiers.defender"].b) == (8, None)


def test_every_field_but_the_id_is_compared() -> None:
    order = load_programme("eo14409")
    other = rules.Programme(
        id="x", name="x", longest_window_days=1, runs_to="x", voluntary=False, authority="x", may_join=("developer",),
        partners_chosen_by=(), legal_basis="x", status="draft", zone="UTC", length_is="assumed",
        criteria=("x",), markings={}, tiers=(), sources=(), terms=(),
    )  # fmt: skip
    fields = {each.field.split(".")[0] for each in rules.differences(order, other)}
    assert fields == set(rules.Programme.__struct_fields__) - {"id"}


# files


@pytest.mark.parametrize("name", ["none", "../../etc/passwd", "", "..", "eo14409\x00", "EO14409", "x" * 5000])
def test_a_programme_that_does_not_exist_names_those_that_do(name: str) -> None:
    with pytest.raises(ProgrammeNotFound, match="shipped are caisi, eo14110, eo14409") as caught:
        load_programme(name)
    assert str(caught.value).isprintable()


def test_a_door_that_is_handed_a_path_opens_no_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(SMALL)
    assert load_programme(str(mine)).id == "mine"
    with pytest.raises(ProgrammeNotFound):
        shipped(str(mine))


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    large.write_text("#" * (1 << 20))
    with pytest.raises(ProgrammeInvalid, match="larger than 64 KiB"):
        load_programme(str(large))


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    for name in ("pipe", "folder", "zero", "loop", "absent", "x" * 300, "nul\x00"):
        with pytest.raises((ProgrammeInvalid, ProgrammeNotFound)):
            load_programme(str(tmp_path / f"{name}.toml"))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProgrammeInvalid, match="is not UTF-8 text"):
        load_programme(str(tmp_path / "mine.toml"))
