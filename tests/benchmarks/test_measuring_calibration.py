"""Scales: fitted, read from files that may hold anything, and used."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headstart.benchmarks.errors import ScaleInvalid, TooLittleToCalibrate
from headstart.benchmarks.rules.ability import estimate
from headstart.benchmarks.rules.calibration import calibrate
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import SCALE, STEP, FamilyScale, Scale
from headstart.benchmarks.work.calibrating import read_scale, write_scale

FAMILIES = tuple("abcdef")
Tally = dict[tuple[str, int], tuple[int, int]]


def answers(seed: int, ables: list[float], truth: Scale, times: int = 5) -> list[Tally]:
    """What models of these abilities answer on the true scale."""
    rng = np.random.default_rng(seed)
    tallies: list[Tally] = []
    for able in ables:
        tally: Tally = {}
        for family in FAMILIES:
            own = able + rng.normal(0, truth.family_deviation)
            for level in LEVELS:
                needs = truth.difficulty(family, level) + rng.normal(0, truth.residual_deviation, times)
                hits = int(np.sum(rng.random(times) < 1 / (1 + np.exp(needs - own))))
                tally[family, level] = (hits, times - hits)
        tallies.append(tally)
    return tallies


def test_known_places_are_found_again_within_their_errors() -> None:
    offsets, known = (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0), (0.9, 2.0, 1.5, 1.2, 2.4, 1.5)
    places = {
        name: FamilyScale(offset=at, step=step)
        for name, at, step in zip(FAMILIES, offsets, known, strict=True)
    }
    truth = Scale(families=places)
    found = calibrate(answers(2, [-4, -2, -1, 0, 1, 2, 4], truth), "simulated")
    away = [
        (found.families[name].offset - places[name].offset) / found.families[name].offset_error
        for name in FAMILIES
    ]
    steps = [
        (found.families[name].step - places[name].step) / found.families[name].step_error for name in FAMILIES
    ]
    assert max(map(abs, (*away, *steps))) < 3
    assert np.std(away) > 0.2  # errors that are as large as they say
    assert max(each.offset_error for each in found.families.values()) < 0.6
    for part in ("offset", "step"):
        true = [getattr(places[name], part) for name in FAMILIES]
        assert np.corrcoef(true, [getattr(found.families[name], part) for name in FAMILIES])[0, 1] > 0.7
    assert found.models == 7
    assert found.responses == 7 * 6 * 7 * 5
    assert found.scale.source == "simulated"
    assert abs(found.scale.family_deviation - truth.family_deviation) < 0.25


def test_what_there_are_too_few_answers_for_keeps_its_prior_and_says_so() -> None:
    tallies = answers(3, [-1, 0.5, 2], Scale())
    for tally in tallies:
        for level in LEVELS:
            tally["never solved", level] = (0, 3)
    tallies[0]["rare", 2] = (1, 1)
    found = calibrate(tallies, "simulated")
    for name, why in (("never solved", "every answer is a failure"), ("rare", "2 answers, fewer than 10")):
        assert found.families[name].kept == why
        assert found.scale.families[name].step == STEP
        assert found.scale.families[name].offset == 0
        assert found.scale.families[name].error > 0.9
        assert any(note.startswith(f"{name} keeps its prior's place") for note in found.notes)
    assert found.scale.between_families().family_deviation > found.scale.family_deviation


def test_levels_at_which_all_models_are_alike_are_said_to_be_drawn_from_the_others() -> None:
    tallies = answers(4, [-1, 0.5, 2], Scale())
    for tally in tallies:
        tally["a", 6] = (0, 5)
    found = calibrate(tallies, "simulated")
    assert 6 in found.families["a"].unseen_levels
    assert any(note.startswith("a, level") and "6" in note for note in found.notes)


def test_runs_that_say_nothing_are_refused() -> None:
    for tallies in ([], [{}], [{("a", 3): (20, 20)}], [{("a", 3): (0, 20)}] * 3):
        with pytest.raises(TooLittleToCalibrate):
            calibrate(tallies, "")


def test_a_scale_is_written_and_read_back(tmp_path: Path) -> None:
    found = calibrate(answers(5, [-1, 1], Scale()), "simulated")
    write_scale(found, tmp_path / "scale.json")
    assert read_scale(tmp_path / "scale.json") == found.scale
    assert Scale.of(SCALE.as_dict()) == SCALE


@pytest.mark.parametrize(
    "held",
    [
        "", "[1]", "{", '{"prior_deviation": NaN}', '{"prior_deviation": 0}', '{"family_deviation": -1}',
        '{"points": 1e9}', '{"points": 3}', '{"low": 9, "high": -9}', '{"unknown": 1}', '{"coverage": 1}',
        '{"families": {"a": {"offset": Infinity}}}', '{"families": {"a": {"step": "much"}}}', '{"families": [1]}',
        '{"families": {"a": 3}}', '{"lapse": true}', "[" * 100_000, '{"stray": 1e400}',
    ],
)  # fmt: skip
def test_a_file_that_is_no_scale_is_refused_in_one_line(held: str, tmp_path: Path) -> None:
    (tmp_path / "scale.json").write_text(held)
    with pytest.raises(ScaleInvalid) as refused:
        read_scale(tmp_path / "scale.json")
    assert "\n" not in str(refused.value)
    with pytest.raises(ScaleInvalid):
        read_scale(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    "tally",
    [
        {("a", level): (100_000, 0) for level in LEVELS},
        {("a", level): (0, 100_000) for level in LEVELS},
        {(name, level): (0, 1) for name in FAMILIES for level in LEVELS},
        {(name, level): (1, 0) for name in FAMILIES for level in LEVELS},
        {("a", 0): (0, 100_000), ("b", 6): (100_000, 0)},
    ],
)  # fmt: skip
def test_any_counts_give_a_number_and_an_interval_around_it(tally: Tally) -> None:
    found = estimate(tally, Scale(families={"a": FamilyScale(offset=1, step=1.2, error=0.1)}))
    numbers: list[Any] = [found.mean, found.standard_error, found.low, found.high]
    assert all(map(math.isfinite, numbers))
    assert found.low <= found.mean <= found.high
    assert found.standard_error > 0.05


def test_the_scale_that_ships_is_a_scale() -> None:
    assert json.loads(json.dumps(SCALE.as_dict())) == SCALE.as_dict()
    for name in SCALE.families:
        assert SCALE.difficulty(name, 6) > SCALE.difficulty(name, 0)
