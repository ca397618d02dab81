"""The rules alone: whose a stack is, what runs amount to, what a sweep and two reports and a fix show."""

import difflib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.rules.ranges import Affected
from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules import (
    Answer,
    Attribution,
    Frame,
    Place,
    Role,
    Run,
    Rung,
    decide,
    patches,
    sameness,
    sweeps,
)
from headstart.proofs.rules.evidence import attribute, state_of
from headstart.proofs.rules.ladders import (
    APPLIES,
    CONTROLS,
    RUNGS,
    TRIGGERS,
    Result,
    RungResult,
    ladder,
)
from headstart.proofs.rules.sameness import FIX, RANGE, STATE, Fact, Same
from headstart.proofs.rules.verdicts import who
from headstart.reports.rules import Expect
from headstart.sandbox.rules.jobs import Ended


def stack(*places: Place) -> tuple[Frame, ...]:
    return tuple(
        Frame(file=f"/target/{n}.py", line=n, function=f"f{n}", place=place) for n, place in enumerate(places)
    )


T, D, H, L = Place.TARGET, Place.DEPENDENCY, Place.HARNESS, Place.LIBRARY


@pytest.mark.parametrize(
    ("places", "who"),
    [
        ((T, H), "target"),
        ((L, L, T, H), "target"),
        ((D, T, H), "target"),  # a dependency that the target called
        ((D, L, D, T, H), "target"),
        ((D, H), "harness"),  # a dependency that the harness called by itself
        ((H, T, H), "harness"),  # a callback of the harness
        ((D, H, T, H), "harness"),
        ((L, H), "harness"),
        ((L,), "unknown"),
        ((D,), "unknown"),
        ((), "unknown"),
    ],
)
def test_the_innermost_frame_that_is_no_librarys_says_who(places: tuple[Place, ...], who: str) -> None:
    assert attribute(stack(*places)) == who


def test_a_crash_state_names_no_line_and_no_harness() -> None:
    assert state_of(stack(H, L, T, T, D, T)) == ("2.py:f2", "3.py:f3", "4.py:f4")


TRIGGER = Run(
    role=Role.TRIGGER, input="t", seen=True, attribution=Attribution.TARGET, evidence="seen", ended="exited",
    status=0, signal=None, cpu_seconds=0, wall_seconds=0, peak_memory_bytes=None,
)  # fmt: skip
CONTROL = replace(TRIGGER, role=Role.CONTROL, input="c", seen=False, attribution=Attribution.UNKNOWN)

runs = st.lists(
    st.builds(
        replace,
        st.sampled_from([TRIGGER, CONTROL]),
        seen=st.booleans(),
        broken=st.sampled_from(["", "it broke"]),
        attribution=st.sampled_from(Attribution),
        input=st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=8,
)
BELIEVED = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)


@given(runs, st.sampled_from(Expect), st.sampled_from(Answer), st.booleans())
def test_nothing_is_believed_that_was_not_seen_or_that_the_harness_or_the_control_did(
    seen: list[Run], expect: Expect, contrast: Answer, kept: bool
) -> None:
    decision = decide(seen, expect=expect, contrast=contrast, kept=kept)
    assert (decision.rung is Rung.CLAIMED) == (decision.n == 0)
    assert 0 <= decision.k <= decision.n
    if decision.rung in BELIEVED:
        assert decision.k > 0
        assert not any(run.seen or run.broken for run in seen if run.role is Role.CONTROL)
        assert any(run.role is Role.CONTROL for run in seen)
        assert not any(
            run.seen and run.attribution is Attribution.HARNESS for run in seen if run.role is Role.TRIGGER
        )
    if decision.rung in (Rung.CONTRASTED, Rung.VOUCHED):
        assert contrast is Answer.SILENT
    assert decision.sentence.endswith(".")


def test_the_ladder_is_climbed_a_rung_at_a_time() -> None:
    def rung(*seen: Run, contrast: Answer = Answer.NOT_RUN, kept: bool = False) -> Rung:
        return decide(seen, expect=Expect.CRASH, contrast=contrast, kept=kept).rung

    quiet = replace(TRIGGER, seen=False, evidence="nothing")
    assert rung(replace(quiet, broken="the package does not load")) is Rung.UNRUNNABLE
    assert rung(quiet, CONTROL) is Rung.REFUTED
    wrong = replace(CONTROL, broken="it ended in ValueError")
    assert rung(TRIGGER, wrong) is Rung.REPRODUCED
    assert "went wrong (it ended in ValueError)" in decide([TRIGGER, wrong], expect=Expect.CRASH).sentence
    assert rung(TRIGGER) is Rung.REPRODUCED
    assert rung(TRIGGER, CONTROL) is Rung.CONTROLLED
    assert rung(TRIGGER, CONTROL, contrast=Answer.SEEN) is Rung.CONTROLLED
    assert rung(TRIGGER, CONTROL, contrast=Answer.SILENT) is Rung.CONTRASTED
    assert rung(TRIGGER, CONTROL, contrast=Answer.SILENT, kept=True) is Rung.VOUCHED


def test_a_flaky_effect_shows_as_k_of_n() -> None:
    decision = decide([TRIGGER, replace(TRIGGER, seen=False), CONTROL], expect=Expect.HANG)
    assert (decision.rung, decision.k, decision.n) == (Rung.CONTROLLED, 1, 2)
    assert "1 of 2" in decision.sentence


def test_every_trigger_that_is_named_must_do_it() -> None:
    assert (
        decide([TRIGGER, replace(TRIGGER, input="u", seen=False), CONTROL], expect=Expect.HANG).rung
        is Rung.REFUTED
    )


def test_a_release_is_clean_only_where_every_run_was_sound() -> None:
    quiet = replace(TRIGGER, seen=False)
    assert sweeps.affected([CONTROL, TRIGGER])[0] is Affected.YES
    assert sweeps.affected([CONTROL, quiet])[0] is Affected.NO
    assert (
        sweeps.affected([replace(CONTROL, broken="it ended in AttributeError"), quiet])[0] is Affected.UNKNOWN
    )
    assert (
        sweeps.affected([CONTROL, replace(quiet, broken="the package does not load")])[0] is Affected.UNKNOWN
    )


@pytest.mark.parametrize("ended", [Ended.CPU_TIME, Ended.WALL_TIME, Ended.MEMORY, Ended.OUTPUT, Ended.DISK])
def test_a_trigger_that_a_limit_cut_off_shows_no_release_clean(ended: Ended) -> None:
    answer, why = sweeps.affected([CONTROL, replace(TRIGGER, seen=False, ended=ended.value)])
    assert answer is Affected.UNKNOWN
    assert "cut off" in why
    assert sweeps.affected([replace(CONTROL, seen=True), TRIGGER])[0] is Affected.UNKNOWN
    assert (
        sweeps.affected([CONTROL, replace(TRIGGER, attribution=Attribution.HARNESS)])[0] is Affected.UNKNOWN
    )
    assert sweeps.affected([])[0] is Affected.UNKNOWN


def test_the_boundaries_are_on_both_sides_of_every_change_and_skip_the_unknown() -> None:
    answers = dict(zip("abcdef", ("no", "yes", "yes", "unknown", "no", "yes"), strict=True))
    results = {version: Affected(answer) for version, answer in answers.items()}
    assert sweeps.boundaries("abcdef", results) == ("a", "b", "c", "e", "f")


def fact(name: str, answer: Same) -> Fact:
    return Fact(name=name, answer=answer, sentence="")


def test_only_a_silent_trigger_that_ended_well_needs_no_control() -> None:
    calm = replace(TRIGGER, seen=False)
    for run, needed in (
        (calm, False),
        (replace(calm, status=10), True),
        (replace(calm, status=None, ended="wall-time"), True),
        (replace(calm, broken="the package does not load"), True),
        (TRIGGER, True),
    ):
        assert sweeps.needs_control([calm, run], Expect.CRASH) == needed
    assert not sweeps.needs_control([replace(calm, status=10)], Expect.DECIDE)


@given(st.sampled_from(Same), st.sampled_from(Same), st.sampled_from(Same))
def test_two_reports_are_one_only_with_two_reasons_and_none_against(
    fix: Same, state: Same, ranged: Same
) -> None:
    same = sameness.weigh([fact(FIX, fix), fact(STATE, state), fact(RANGE, ranged)]).same
    if same is Same.YES:
        assert [fix, state, ranged].count(Same.YES) >= 2
        assert Same.NO not in (fix, ranged)
    if Same.NO in (fix, ranged):
        assert same is Same.NO


def test_a_place_needs_two_frames_in_common_in_order() -> None:
    assert sameness.states(("a", "b", "c"), ("a", "b", "d")).answer is Same.YES
    assert sameness.states(("a", "b"), ("b", "a")).answer is Same.NO
    assert sameness.states(("a",), ("a", "b", "c")).answer is Same.YES
    assert sameness.states((), ("a",)).answer is Same.UNKNOWN


def test_a_fix_holds_only_if_triggers_are_silent_controls_work_and_nothing_failed() -> None:
    good = [RungResult(name=name, result=Result.PASSED, why="") for name in RUNGS]
    assert ladder("x", good).holds
    assert not ladder("x", good[:2]).holds  # not tried is not passed
    for name in (TRIGGERS, CONTROLS):
        failed = [replace(each, result=Result.FAILED) if each.name == name else each for each in good]
        assert not ladder("x", failed).holds
    alone = ladder("x", [RungResult(name=APPLIES, result=Result.FAILED, why="no")])
    assert {each.result for each in alone.rungs[1:]} == {Result.NOT_TRIED}


lines = st.lists(st.sampled_from(["alpha", "beta", "", "gamma delta", "\ttab"]), min_size=1, max_size=12)


@given(lines, lines)
def test_a_diff_applied_gives_what_it_was_made_from(before: list[str], after: list[str]) -> None:
    old, new = "".join(f"{each}\n" for each in before), "".join(f"{each}\n" for each in after)
    if old == new:
        return
    diff = "".join(
        difflib.unified_diff(old.splitlines(True), new.splitlines(True), "a/pkg/m.py", "b/pkg/m.py")
    )
    (change,) = patches.read(diff.encode())
    assert change.path == "pkg/m.py"
    assert patches.apply(change, old) == new


@pytest.mark.parametrize(
    "name", ["a/../../etc/passwd", "/etc/passwd", "passwd", "a/x/../../../y", "a//../../z"]
)
def test_a_patch_that_leaves_the_source_is_refused(name: str) -> None:
    diff = f"--- {name}\n+++ {name}\n@@ -1 +1 @@\n-a\n+b\n"
    with pytest.raises(PatchInvalid):
        patches.read(diff.encode())


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"no diff at all", b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n"]
)
def test_what_is_no_patch_is_refused(data: bytes) -> None:
    with pytest.raises(PatchInvalid):
        patches.read(data)


def test_a_patch_finds_its_files_where_an_installation_lost_leading_folders() -> None:
    (change,) = patches.read(b"--- a/src/pkg/m.py\n+++ b/src/pkg/m.py\n@@ -1 +1 @@\n-a\n+b\n")
    assert list(patches.fit([change], frozenset({"pkg/m.py"}))) == ["pkg/m.py"]
    with pytest.raises(PatchInvalid):
        patches.fit([change], frozenset({"other/m.py"}))


def test_a_hunk_whose_lines_are_not_there_does_not_apply() -> None:
    (change,) = patches.read(b"--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n")
    with pytest.raises(PatchInvalid, match="does not apply"):
        patches.apply(change, "a\nx\n")


def test_a_run_that_can_not_tell_who_takes_nothing_from_one_that_can() -> None:
    lost, other = replace(TRIGGER, attribution=Attribution.UNKNOWN), replace(TRIGGER, input="u")
    assert who([TRIGGER, lost, TRIGGER]) is Attribution.TARGET
    assert who([lost, lost]) is Attribution.UNKNOWN
    assert (
        who([TRIGGER, replace(other, attribution=Attribution.UNKNOWN)]) is Attribution.UNKNOWN
    )  # another input
    assert who([TRIGGER, lost, replace(other, attribution=Attribution.HARNESS)]) is Attribution.HARNESS
    assert who([]) is Attribution.UNKNOWN
