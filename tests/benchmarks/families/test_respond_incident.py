"""Respond to an incident: the rule decides, in hidden logs as well, and indicators are not enough."""

import json
import random
from typing import Any

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.families.incident_match import MATCH
from headstart.benchmarks.families.incident_techniques import TECHNIQUES
from headstart.benchmarks.families.incident_world import world
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import LEVELS, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "respond-incident"


def match() -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "match"}
    exec(MATCH, scope)
    return scope


def catches(rule: dict[str, Any], event: dict[str, Any]) -> bool:
    (caught,) = match()["caught"]({"detection": rule}, [event])
    return bool(caught)


def events(item: Item, folder: str) -> list[dict[str, Any]]:
    files = {**item.files, **item.oracle.files}
    found = sorted(path for path in files if path.startswith(f"{folder}/"))
    return [json.loads(line) for path in found for line in files[path].splitlines()]


@pytest.mark.parametrize("name", sorted(TECHNIQUES))
def test_a_technique_is_told_from_what_looks_like_it(name: str) -> None:
    technique, here = TECHNIQUES[name], world(Draw("test", name))
    rule: dict[str, Any] = {"a": technique.caught(here), "condition": "a"}
    if technique.spared is not None:
        rule |= {"b": technique.spared(here), "condition": "a and not b"}
    for n in range(60):
        assert catches(rule, technique.act(here, n))
        assert not any(catches(rule, make(here)) for make in technique.alike)


@pytest.mark.parametrize(
    ("rule", "caught"),
    [
        ({"a": {"x": "ONE two"}, "condition": "a"}, True),
        ({"a": {"x": "one"}, "condition": "a"}, False),
        ({"a": {"x|contains": ["zzz", "e t"]}, "condition": "a"}, True),
        ({"a": {"x|contains|all": ["zzz", "e t"]}, "condition": "a"}, False),
        ({"a": {"x|startswith": "one", "n": 7}, "condition": "a"}, True),
        ({"a": {"x|endswith": "two", "absent": "1"}, "condition": "a"}, False),
        ({"a": [{"n": 8}, {"x|re": "^one +t"}], "condition": "a"}, True),
        ({"a": {"x|re": "ONE"}, "condition": "a"}, False),
        ({"a": {"n": 7}, "b": {"n": 8}, "condition": "not b and (b or a)"}, True),
        ({"s1": {"n": 7}, "s2": {"n": 8}, "condition": "1 of s*"}, True),
        ({"s1": {"n": 7}, "s2": {"n": 8}, "condition": "all of them"}, False),
        ({"s1": {"n": 7}, "s2": {"n": 8}, "condition": "s1 or s2 and s2"}, True),
        ({"s1": {"n": 7}, "condition": "all of t*"}, False),
    ],
)
def test_rules_mean_what_sigma_says(rule: dict[str, Any], caught: bool) -> None:
    assert catches(rule, {"x": "one two", "n": 7}) is caught


@pytest.mark.parametrize("condition", ["", "a and", "(a", "a b", "c", "a; a", "not"])
def test_a_condition_that_is_none_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match=r"selection|condition|bracket"):
        catches({"a": {"n": 7}, "condition": condition}, {"n": 7})


def test_what_comes_back_shares_no_indicator_with_what_was_seen() -> None:
    for seed in range(40):
        item = work.item(NAME, seed, seed % len(LEVELS))
        marks = json.loads(item.oracle.files["marks.json"])
        seen, later = ([events(item, folder)[n] for n in marks[folder]] for folder in ("logs", "hidden"))
        named = json.loads(item.oracle.solution)["touched"]
        again = {str(value) for event in later for value in event.values()}
        assert seen
        assert len(later) >= len(seen)
        assert not again & {each for kind in ("hosts", "files") for each in named[kind]}
        assert not again & (set(named["accounts"]) - {"www"})


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


def told(item: Item, answer: bytes, sandbox: Sandbox) -> Verdict:
    return verdict_of(item, answer, sandbox)


@pytest.mark.sandbox
@pytest.mark.parametrize("level", [1, 4, 6])
def test_neither_indicators_nor_everything_nor_a_wrong_list_is_enough(level: int, sandbox: Sandbox) -> None:
    item = work.item(NAME, 21, level)
    right = json.loads(item.oracle.solution)
    marked = [events(item, "logs")[n] for n in json.loads(item.oracle.files["marks.json"])["logs"]]
    exact = {f"s{n}": {key: str(value) for key, value in each.items()} for n, each in enumerate(marked)}
    rules = {
        "misses": {**exact, "condition": "1 of s*"},
        "false alarms": {"a": {"source|contains": ""}, "condition": "a"},
        "misses ": {"a": {"source": "none"}, "condition": "a"},
    }
    for said, rule in rules.items():
        found = told(item, json.dumps(right | {"rule": {"detection": rule}}).encode(), sandbox)
        assert not found.solved
        assert said.strip() in found.sentence
    for kind in ("hosts", "accounts", "files"):
        wrong = {**right["touched"], kind: [*right["touched"][kind], "one-more"]}
        found = told(item, json.dumps(right | {"touched": wrong}).encode(), sandbox)
        assert not found.solved
        assert found.sentence == f"what was touched is not right: {kind}"


@pytest.mark.sandbox
def test_hostile_answers_are_refused_in_a_sentence(sandbox: Sandbox) -> None:
    item = work.item(NAME, 5, 2)
    right = json.loads(item.oracle.solution)
    slow = {
        "a": {"source|re": "^(([a-z])+.)+[A-Z]([a-z])+$", "host|re": "(.*)*" * 40 + "$x"},
        "condition": "a",
    }
    slow["b"] = dict.fromkeys(("source|re",), r"^(.|.|.)*(.|.|.)*(.|.|.)*\Z0")
    nested: Any = {}
    for _ in range(200):
        nested = [nested]
    rules: list[Any] = [
        {"a": {"source|re": "("}, "condition": "a"},
        {"a": {"source|re": "(?:(?:[a-z]|[a-z]|.)+)+0"}, "condition": "a"},
        {"a": nested, "condition": "a"},
        {"a": 7, "condition": "a"},
        {"a": {"n": {}}, "condition": ["a"]},
        {"a": {"n": "x"}, "condition": "(" * 5000 + "a" + ")" * 5000},
        {"a": {"n": "x"}, "condition": "not " * 900 + "a"},
        slow,
        {},
        None,
        "a",
    ]
    noise = random.Random(3).randbytes(2000)
    answers = [json.dumps(right | {"rule": {"detection": rule}}).encode() for rule in rules]
    answers += [
        noise,
        b"[" * (1 << 20),
        b'{"touched": ' + b"9" * 5000 + b"}",
        b'{"wrong": [], "missed": 0, "alarms": 0}',
    ]
    answers.append(json.dumps(right | {"touched": {"hosts": [[]], "accounts": {}, "files": None}}).encode())
    for answer in answers:
        found = told(item, answer, sandbox)
        assert not found.solved
        assert found.sentence
