"""What is run is decided, and sealed, before."""

import copy
from typing import Any

import pytest

from headstart.benchmarks import work
from headstart.benchmarks.errors import PlanInvalid, RunUnreadable, SealBroken, StandardErrorUnreachable
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.results import Framing
from headstart.benchmarks.rules.sealing import Form, check

BOTH = ["find-memory-flaw", "find-parser-flaw"]
FIXED = work.Terms(form=Form.FIXED, items=12)
WIDE = work.Terms(until_se=1.0)


def test_a_fixed_form_spreads_levels_over_every_family_and_never_twice_the_same() -> None:
    first, second = (work.plan(BOTH, FIXED) for _ in range(2))
    assert first.commitment != second.commitment
    assert len(first.fixed()) == 12
    for name in BOTH:
        levels = {level for family, level in first.fixed() if family == name}
        assert len(levels) >= 4
        assert {0, 6} <= levels
    seeds = [{plan.chosen(BOTH[0], 3, n).seed for n in range(50)} for plan in (first, second)]
    assert len(seeds[0]) == 50
    assert seeds[0].isdisjoint(seeds[1])


def test_every_seed_derives_from_the_sealed_secret() -> None:
    plan = work.plan(BOTH, FIXED, seed=1)
    assert plan == work.plan(BOTH, FIXED, seed=1)
    assert plan.chosen(BOTH[0], 3, 0) == plan.chosen(BOTH[0], 3, 0)
    kinds = {
        (name, level, n): plan.chosen(name, level, n).seed
        for name in BOTH
        for level in LEVELS
        for n in range(3)
    }
    assert len(set(kinds.values())) == len(kinds)


def test_framings_are_drawn_evenly_and_go_with_nothing_else() -> None:
    plan = work.plan(BOTH, WIDE, seed=1)
    drawn = [plan.framing_of(plan.chosen(BOTH[0], 3, n)) for n in range(300)]
    assert all(70 < drawn.count(each) < 130 for each in Framing)


def test_the_seal_holds_and_breaks_at_any_change() -> None:
    plan = work.plan(BOTH, work.Terms(until_se=1.0, thresholds={"worth a look": 1.0}))
    opened = plan.as_dict()
    check(opened, plan.commitment)
    changes: dict[str, Any] = {
        "master": "0" * 64, "salt": "1" * 64, "items": 121, "until_se": 0.31, "anchors": 0.1, "form": "fixed",
        "in_flight": 5, "attempts": 2, "framings": ["plain"], "claim": "another", "threat_model": "x",
        "thresholds": {"worth a look": 1.1}, "scoring": "otherwise", "families": opened["families"][:1],
        "budget": {**opened["budget"], "tokens": 1}, "scale": {**opened["scale"], "prior_mean": 0.5},
    }  # fmt: skip
    assert set(changes) == set(opened), "a field of the plan that no change of it breaks the seal"
    for name, value in changes.items():
        other = copy.deepcopy(opened)
        other[name] = value
        with pytest.raises(SealBroken):
            check(other, plan.commitment)


def test_a_plan_reads_back_as_it_was_written(tmp_path: Any) -> None:
    plan = work.plan(BOTH, work.Terms(until_se=1.0, thresholds={"worth a look": 1.0}, claim="that it finds"))
    (tmp_path / "plan.json").write_bytes(work.plan_bytes(plan))
    assert work.read_plan(tmp_path / "plan.json") == plan


@pytest.mark.parametrize(
    "held",
    [b"", b"[]", b"{", b"[" * 100_000, b'{"master": 1}', b"\xff\xfe", b'{"families": []}'],
    ids=range(7),
)
def test_what_is_no_plan_is_one_clear_line(tmp_path: Any, held: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(held)
    with pytest.raises(RunUnreadable) as refused:
        work.read_plan(tmp_path / "plan.json")
    assert "\n" not in str(refused.value)


def test_a_plan_with_something_slipped_in_is_refused(tmp_path: Any) -> None:
    held = work.plan_bytes(work.plan(BOTH, FIXED)).replace(b'"form":', b'"also": 1, "form":')
    (tmp_path / "plan.json").write_bytes(held)
    with pytest.raises(RunUnreadable, match="more than a plan"):
        work.read_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    "terms",
    [
        work.Terms(items=1), work.Terms(items=10**9), work.Terms(anchors=1.5), work.Terms(in_flight=0),
        work.Terms(in_flight=5), work.Terms(attempts=99), work.Terms(framings=()), work.Terms(until_se=0.001),
        work.Terms(rest=2),
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused(terms: work.Terms) -> None:
    with pytest.raises(PlanInvalid):
        work.plan(BOTH, terms)
    with pytest.raises(PlanInvalid):
        work.plan([], FIXED)


def test_a_standard_error_that_two_families_never_reach_is_refused() -> None:
    with pytest.raises(StandardErrorUnreachable):
        work.plan(BOTH, work.Terms(until_se=0.3))


def test_families_rest_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    resting = work.Terms(until_se=1.0, rest=1)
    used = [[each.name for each in work.plan(BOTH, resting, seed=seed).families] for seed in range(20)]
    assert all(len(names) == 1 for names in used)
    assert {name for names in used for name in names} == set(BOTH)
    monkeypatch.setenv("HEADSTART_HELD_OUT_FAMILIES", "find-parser-flaw")
    held_out = {each.name: each.held_out for each in work.plan(BOTH, FIXED).families}
    assert held_out == {"find-memory-flaw": False, "find-parser-flaw": True}
