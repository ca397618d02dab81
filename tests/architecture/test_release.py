"""Nothing can approve, deny or delay the release of a model: no state, verb, field, setting, page, endpoint, option.

Names are looked at word by word, wherever the house gives one. What is meant by them is tried in tests/reviews: every
move by every role, and the release in every stage.
"""

import importlib
import itertools
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import django.apps
import msgspec
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from headstart.cli import headstart
from headstart.reviews import rules
from headstart.reviews.rules import MOVES, Move, Programme, Stage, TierRule

SOURCE = Path(__file__).resolve().parents[2] / "src" / "headstart"
WINDOW = ("reviews", "access", "outcomes")  # the rooms of a review
STEMS = (
    "approv", "disapprov", "unapprov", "den(?:y|ie|ial)", "block", "veto", r"gat(?:e[ds]?|ing|ekeep\w*)(?!\w)",
    "licen[cs]",
    "permi(?:t|ss)", "preclear", "clearance", "withh[eo]ld", "delay", "postpon", "suspend", "moratori", "signoff",
    "greenlight", "forbi?[ad]", "prohibit", "freez", "froz", "halt", "authori[sz]", "disallow", "hold",
)  # fmt: skip
WORDS = re.compile(rf"(?:{'|'.join(STEMS)})\w*")
IN_TWO = re.compile(
    r"(?:sign(?:s|ed)?off|greenl(?:ight|it)|goahead|preclear|postpon|disapprov|gatekeep|withh[eo]ld)\w*"
)
INNOCENT = {
    "holder",
    "holders",
    "forbidden",
}  # who has a key; HTTP's 403, and what a sandbox does not let through


def words(name: str) -> list[str]:
    """The words of a name or a sentence, whatever joins them: `mayRelease`, `may_release`, `/may-release/`."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower())


def is_of_that_kind(name: str) -> bool:
    """Whether a word of it, or two that are written apart, say that something is approved, denied or delayed."""
    found = words(name)
    apart = ("".join(pair) for pair in itertools.pairwise(found))
    return any(WORDS.fullmatch(each) and each not in INNOCENT for each in found) or any(
        map(IN_TWO.fullmatch, apart)
    )


def holding(names: Iterable[str]) -> set[str]:
    """The names that are."""
    return {each for each in names if is_of_that_kind(each)}


@pytest.mark.parametrize(
    "name",
    [
        "approve", "Approved", "approve_release", "/reviews/<id>/approve", "denyRelease", "denied", "blocked-by",
        "gate",
        "gated", "license_id", "licence", "HEADSTART_RELEASE_PERMIT", "sign-off", "signOff", "Hold the release",
        "delay_days", "gatekeeper", "go-ahead", "withheld", "permission_of", "suspended",
        "preclearance", "authorizeModel", "pre_clearance", "post-pone",
    ],
)  # fmt: skip
def test_a_name_that_would_hold_a_release_is_known(name: str) -> None:
    assert holding([name]) == {name}


@pytest.mark.parametrize(
    "name", ["gateway", "released_at", "withdraw", "shorten", "take_back_access", "authority"]
)
def test_a_name_that_would_not_is_let_through(name: str) -> None:
    assert holding([name]) == set()


# the tables


def test_no_stage_and_no_move_is_of_that_kind() -> None:
    assert holding([*Stage, *Move, *Stage.__members__, *Move.__members__]) == set()


def test_the_release_is_one_move_away_from_every_stage_and_nothing_but_it_means_a_release() -> None:
    assert {(stage, Move.RELEASE) for stage in Stage} <= set(MOVES)
    assert all(rules.after(stage, Move.RELEASE) is Stage.CLOSED for stage in Stage)
    assert all(rules.can_release(stage) for stage in Stage)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_after_any_moves_of_anybody_the_release_is_still_a_move(length: int) -> None:
    for moves in itertools.product(Move, repeat=length):
        stage = Stage.ENQUIRED
        for move in moves:
            stage = MOVES.get((stage, move), stage)
        assert (stage, Move.RELEASE) in MOVES


def values() -> Iterator[str]:
    """Every value and name of every list of words in the rooms of a review."""
    for room in WINDOW:
        for path in sorted((SOURCE / room / "rules").glob("*.py")):
            module = importlib.import_module(f"headstart.{room}.rules.{path.stem}".removesuffix(".__init__"))
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, StrEnum):
                    yield from (*each, *each.__members__, each.__name__)


def test_no_state_or_answer_of_a_review_is_of_that_kind() -> None:
    found = list(values())
    assert {"enquired", "covered", "TLP:RED", "critical-infrastructure"} <= set(found)
    assert holding(found) == set()


# what is kept


def fields() -> Iterator[str]:
    """Every table, column, choice and constraint of the rooms of a review, and what their values are made of."""
    for room in WINDOW:
        for model in django.apps.apps.get_app_config(room).get_models():
            yield model.__name__
            yield from (each.name for each in (*model._meta.constraints, *model._meta.indexes))
            for field in model._meta.get_fields():
                yield field.name
                yield from (str(value) for value, _ in getattr(field, "choices", None) or ())
    for struct in (Programme, TierRule, rules.Terms, rules.Ruling, rules.Criterion, rules.Marking):
        yield from (each.name for each in msgspec.structs.fields(struct))
    for value in (rules.Window, rules.Proposal, rules.Reach, rules.Remaining):
        yield from value.__dataclass_fields__


def test_no_table_column_or_field_of_a_programme_is_of_that_kind() -> None:
    found = list(fields())
    assert {"planned_release_on", "longest_window_days", "safeguards", "expires_at"} <= set(found)
    assert holding(found) == set()


def test_the_only_moment_of_a_release_is_when_the_developer_did_it() -> None:
    about = {each for each in fields() if "release" in words(each) or "released" in words(each)}
    assert about == {"planned_release_on", "released_at"}


# settings


def settings() -> Iterator[str]:
    """The names in the settings' modules, and every HEADSTART_ name in the source."""
    for module in ("headstart.site.settings", "headstart.site.settings_test"):
        yield from (each for each in vars(importlib.import_module(module)) if each.isupper())
    for path in SOURCE.rglob("*.py"):
        yield from re.findall(r"HEADSTART_[A-Z_]+", path.read_text())


def test_no_setting_is_of_that_kind() -> None:
    found = set(settings())
    assert {"HEADSTART_DATA", "HEADSTART_UPSTREAMS", "DATABASES"} <= found
    assert holding(sorted(found)) == set()


# the doors


def routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the house: its path and its name."""
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, path)
        elif isinstance(each, URLPattern):
            yield path, each.name or ""


def test_no_address_and_no_name_of_one_is_of_that_kind() -> None:
    found = list(routes(get_resolver()))
    assert {"review", "programmes", "ledger"} <= {name for _, name in found}
    assert holding([each for pair in found for each in pair]) == set()


def test_no_path_operation_property_or_value_of_the_api_is_of_that_kind() -> None:
    from headstart.api.routes import api

    told: dict[str, Any] = api.get_openapi_schema()
    names = [*told["paths"]]
    for path in told["paths"].values():
        for operation in path.values():
            names += [operation["operationId"], operation["summary"]]
            names += [each["name"] for each in operation.get("parameters", [])]
    for name, schema in told["components"]["schemas"].items():
        names += [name, *schema.get("properties", {}), *map(str, schema.get("enum", []))]
    assert len(told["paths"]) > 60
    assert holding(names) == set()


def commands(command: click.Command, name: str) -> Iterator[str]:
    """Every command's name, option and choice."""
    yield name
    for parameter in command.params:
        yield from (parameter.name or "", *parameter.opts, *parameter.secondary_opts)
        if isinstance(parameter.type, click.Choice):
            yield from map(str, parameter.type.choices)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            inside = command.get_command(context, each)
            assert inside is not None
            yield from commands(inside, each)


def test_no_command_option_or_choice_is_of_that_kind() -> None:
    found = list(commands(headstart, "headstart"))
    assert {"review", "release", "withdraw", "programme", "--json"} <= set(found)
    assert holding(found) == set()


class Buttons(HTMLParser):
    """What can be pressed on a page, or sent by it: words of buttons and of links that look like one, and names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("button", "input", "select", "option", "textarea"):
            self.found += [given[each] for each in ("name", "value", "aria-label", "title") if each in given]
        if tag == "form":
            self.found += [given.get("action", ""), given.get("aria-label", "")]
        if tag == "button" or (tag == "a" and "usa-button" in given.get("class", "")):
            self._inside += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("button", "a") and self._inside:
            self._inside -= 1

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)


def pressed(template: str) -> list[str]:
    """The words of everything that can be pressed in a template, whatever its conditions."""
    parser = Buttons()
    parser.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", template, flags=re.DOTALL))
    return parser.found


@pytest.mark.parametrize(
    "template",
    [
        "<button>Approve</button>", "<button class='usa-button'><span>Deny the release</span></button>",
        "{% if x %}<a class='usa-button' href='#'>Block it</a>{% endif %}", "<input type='submit' value='Hold'>",
        "<form action='/reviews/1/veto'></form>", "<select name='permit'></select>",
        "<option value='licence'>x</option>",
    ],
)  # fmt: skip
def test_a_button_that_would_hold_a_release_is_found(template: str) -> None:
    assert holding(pressed(template))


def test_no_button_form_or_field_of_a_page_is_of_that_kind() -> None:
    templates = sorted(SOURCE.rglob("*.html"))
    found = [each for path in templates for each in pressed(path.read_text())]
    assert any("Ask for the review" in each for each in found)
    assert holding(found) == set()


# what is done, and what is written down of it


def test_no_verb_of_a_reviews_rooms_is_of_that_kind() -> None:
    names = []
    for room, part in itertools.product(WINDOW, ("services", "queries")):
        module = importlib.import_module(f"headstart.{room}.{part}")
        names += [each for each, held in vars(module).items() if callable(held) and not each.startswith("_")]
    assert {"enquire", "release", "withdraw"} <= set(names)
    assert holding(names) == set()


def test_no_entry_of_the_ledger_is_of_that_kind() -> None:
    kinds = {
        each
        for path in SOURCE.rglob("*.py")
        for each in re.findall(
            r'"((?:review|gateway|report|summary|document|export|partner)\.[a-z_]+)"', path.read_text()
        )
    }
    assert {"review.enquired", "review.determined"} <= kinds
    assert holding(sorted(kinds)) == set()
