"""From runs to a verdict: a table, and one sentence that a maintainer understands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from headstart.proofs.rules.evidence import Attribution, Role, Run, Rung
from headstart.reports.rules import Expect

EFFECTS: dict[Expect, str] = {
    Expect.CRASH: "crashes",
    Expect.HANG: "keeps computing past its limit",
    Expect.EXHAUST: "uses more memory than the limit",
    Expect.DISCLOSE: "hands out a secret file",
    Expect.EXECUTE: "runs a program of the attacker's",
    Expect.WRITE: "writes outside its folder",
    Expect.POLLUTE: "changes a class or prototype that all code shares",
    Expect.DECIDE: "accepts what it should refuse",
}


DOUBTS: dict[str, str] = {
    "harness-meddles": "The harness reaches into the interpreter ({what}), so its own witness can't be believed.",
    "plants-link": "The harness made a link to what the hub planted: was following it the target's fault?",
    "hands-callable": "The harness handed the target a function of the standard library that can do the deed.",
    "fakes-log": "A sanitizer's log is there, and the program did not end as a sanitizer ends one.",
    "in-a-child": "It happened in a program of the target's that the harness started, where no witness looks.",
    "unknown-cause": "Running could not tell whether the package or the harness caused it: read the harness.",
    "decided-by-harness": "The harness reports the decision: read that it is the target's and not its own.",
}
"""What a run leaves to a person, by the code of its flag; `{what}` is what was seen."""


class Answer(StrEnum):
    """What the control, or the contrast, showed."""

    SILENT = "silent"  # the effect was not there, and the run was a sound one
    SEEN = "seen"  # the effect was there too
    FAILED = "failed"  # the run itself went wrong
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the runs amount to."""

    rung: Rung
    attribution: Attribution
    k: int  # trigger runs that showed the effect
    n: int  # trigger runs
    control: Answer
    sentence: str


def controls(runs: Sequence[Run]) -> Answer:
    """What the control runs say together: the worst of them."""
    ran = [run for run in runs if run.role is Role.CONTROL]
    if not ran:
        return Answer.NOT_RUN
    if any(run.seen for run in ran):
        return Answer.SEEN
    return Answer.FAILED if any(run.broken for run in ran) else Answer.SILENT


def who(runs: Sequence[Run]) -> Attribution:
    """Who caused it in the runs that showed it: the harness if it did once, the target if it did for each input.

    A run that can't tell (a stack that was lost, say) takes nothing away from one on the same input that can.
    """
    named: dict[str, set[Attribution]] = {}
    for run in runs:
        if run.role is Role.TRIGGER and run.seen:
            named.setdefault(run.input, set()).add(run.attribution)
    if any(Attribution.HARNESS in each for each in named.values()):
        return Attribution.HARNESS
    told = bool(named) and all(Attribution.TARGET in each for each in named.values())
    return Attribution.TARGET if told else Attribution.UNKNOWN


def decide(
    runs: Sequence[Run], *, expect: Expect, contrast: Answer = Answer.NOT_RUN, kept: bool = False
) -> Decision:
    """The verdict on these runs; `kept`: the harness is one that the maintainer or the hub keeps.

    Rows, first that fits: nothing was run; nothing could run; never seen; the harness did it; the control
    does it too; then up the ladder as far as control and contrast carry.
    """
    triggers = [run for run in runs if run.role is Role.TRIGGER]
    k, n = sum(run.seen for run in triggers), len(triggers)
    control, attribution = controls(runs), who(runs)
    if not triggers:
        rung = Rung.CLAIMED
    elif all(run.broken and not run.seen for run in triggers):
        rung = Rung.UNRUNNABLE
    elif not k or _missing_input(triggers) or attribution is Attribution.HARNESS or control is Answer.SEEN:
        rung = Rung.REFUTED
    elif control is not Answer.SILENT:
        rung = Rung.REPRODUCED
    elif contrast is not Answer.SILENT:
        rung = Rung.CONTROLLED
    else:
        rung = Rung.VOUCHED if kept else Rung.CONTRASTED
    sentence = _sentence(rung, expect, runs, (control, contrast))
    return Decision(rung=rung, attribution=attribution, k=k, n=n, control=control, sentence=sentence)


def _missing_input(triggers: Sequence[Run]) -> bool:
    """Whether some trigger never did what every trigger must."""
    seen = Counter(run.input for run in triggers if run.seen)
    return any(not seen[run.input] for run in triggers)


def _sentence(rung: Rung, expect: Expect, runs: Sequence[Run], others: tuple[Answer, Answer]) -> str:
    triggers = [run for run in runs if run.role is Role.TRIGGER]
    if rung is Rung.CLAIMED:
        return "Nothing was run."
    if rung is Rung.UNRUNNABLE:
        return f"It could not be run here: {triggers[0].broken}."
    if rung is Rung.REFUTED:
        return _refusal(expect, triggers, others[0])
    wrong = next((run.broken for run in runs if run.role is Role.CONTROL and run.broken), "")
    return _finding(expect, triggers, others, wrong)


def _refusal(expect: Expect, triggers: Sequence[Run], control: Answer) -> str:
    seen = [run for run in triggers if run.seen]
    cheats = [run for run in seen if run.attribution is Attribution.HARNESS]
    if cheats:
        return f"Refuted: the harness did it itself, not the package: {cheats[0].evidence}."
    if not seen:
        return f"Refuted: it was run {_times(len(triggers))} and not seen: {triggers[0].evidence}."
    if control is Answer.SEEN:
        return (
            f"Refuted: the harmless control input does the same (the package {EFFECTS[expect]} on both), so "
            "the trigger shows nothing."
        )
    silent = next(run for run in triggers if run.input not in {each.input for each in seen})
    return f"Refuted: {silent.input} is named as a trigger and did nothing: {silent.evidence}."


def _finding(expect: Expect, triggers: Sequence[Run], others: tuple[Answer, Answer], wrong: str) -> str:
    k, n = sum(run.seen for run in triggers), len(triggers)
    control, contrast = others
    attribution = who(triggers)
    subject = (
        "The package" if attribution is Attribution.TARGET else "The harness, or the package through it,"
    )
    parts = [f"{subject} {EFFECTS[expect]} on the trigger in {k} of {n} runs"]
    if control is Answer.SILENT:
        parts.append("not on the control")
    elif control is Answer.FAILED:
        parts.append(f"but the control run went wrong ({wrong})" if wrong else "the control run went wrong")
    if contrast is Answer.SILENT:
        parts.append("and not once it is fixed")
    said = ", ".join(parts) + "."
    if attribution is Attribution.UNKNOWN:
        said += " Who caused it could not be told by running: a person needs to read the harness."
    return said


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")
