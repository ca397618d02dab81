"""What the benchmarks room refuses."""

from collections.abc import Sequence
from pathlib import Path

from headstart.errors import Conflict, Forbidden, Invalid, NotFound, Unable


class FamilyUnknown(Invalid):
    """No family goes by that name here."""

    code = "family-unknown"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no family {name!r}; there are {', '.join(known)}")


class FamilyNotFound(NotFound):
    """Absent, or held out and so not this viewer's to read about."""

    code = "family-not-found"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no family {name} here")


class PlanInvalid(Invalid):
    """An evaluation of too few items or no families."""

    code = "plan-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this can't be evaluated: {why}")


class ScaleInvalid(Invalid):
    """A scale's numbers are not such that anything could be measured with them."""

    code = "scale-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this scale can't be used: {why}")


class TallyInvalid(Invalid):
    """Counts of solved and failed items that can't be."""

    code = "tally-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"these answers can't be counted: {why}")


class TooLittleToCalibrate(Invalid):
    """The runs say too little to fit a scale to."""

    code = "too-little-to-calibrate"

    def __init__(self, models: int) -> None:
        super().__init__(
            f"a scale can't be fitted to these runs ({models} models): it needs a family with at least 10 answers, "
            "solved and failed among them, from two models or more"
        )


class StandardErrorUnreachable(Invalid):
    """No number of items of these families would make the estimate as sure as was asked for."""

    code = "standard-error-unreachable"

    def __init__(self, asked: float, lowest: float, families: int) -> None:
        super().__init__(
            f"a standard error of {asked:g} can't be reached with {families} families, however many items are run: "
            f"the lowest is {lowest:.2f}; ask for more than that, or for more families"
        )


class NeedMissing(Unable):
    """A family needs what this machine has not got."""

    code = "need-missing"

    def __init__(self, family: str, needs: Sequence[str]) -> None:
        super().__init__(
            f"{family} needs {' and '.join(_MEANS[each] for each in needs)}, or leave the family out"
        )


_MEANS = {"c-compiler": "a C compiler in the sandbox (install gcc)", "x86-64": "an x86-64 machine"}


class SealBroken(Invalid):
    """What was run is not what was sealed before."""

    code = "seal-broken"

    def __init__(self, why: str = "") -> None:
        super().__init__(why or "the plan does not match its commitment: it was changed after it was sealed")


class EvaluationNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "evaluation-not-found"

    def __init__(self, evaluation_id: str) -> None:
        super().__init__(f"there is no evaluation {evaluation_id} here")


class RecordTooOld(Conflict):
    """Only the result of this evaluation was kept, and not what came of its items."""

    code = "record-too-old"

    def __init__(self, evaluation_id: str) -> None:
        super().__init__(f"of evaluation {evaluation_id} only its result is here, so it can't be compared")


class MayNotRecord(Forbidden):
    """Only evaluators and the hub record evaluations."""

    code = "may-not-record"

    def __init__(self) -> None:
        super().__init__("only an evaluator or the hub may record an evaluation")


class RunUnreadable(Invalid):
    """A folder or file that should hold a run or a plan does not."""

    code = "run-unreadable"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} can't be read as a run or a plan: {why}")


class TranscriptMissing(NotFound):
    """A run has no such transcript."""

    code = "transcript-missing"

    def __init__(self, item: str, why: str = "the run has no item of that name") -> None:
        super().__init__(f"the transcript of {item} can't be disclosed: {why}")


class RunOfAnotherModel(Conflict):
    """A folder holds the run of another model."""

    code = "run-of-another-model"

    def __init__(self, path: Path, there: str, asked: str) -> None:
        super().__init__(f"{path} holds a run of {there}; name another folder for {asked}")


class WishInvalid(Invalid):
    """A run that can't be asked for like this."""

    code = "wish-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this run can't be asked for: {why}")


class SealedNotFound(NotFound):
    """No plan of that commitment, or not this viewer's."""

    code = "sealed-not-found"

    def __init__(self, commitment: str) -> None:
        super().__init__(f"there is no sealed plan {commitment[:64]} here that is yours")


class SealedAlready(Conflict):
    """A plan is sealed once for a subject."""

    code = "sealed-already"

    def __init__(self) -> None:
        super().__init__("this very plan is sealed for it already; draw a fresh one")


class SealKept(Conflict):
    """The hub has the commitment alone."""

    code = "seal-kept"

    def __init__(self) -> None:
        super().__init__("the hub holds the commitment and not the plan: hand the plan in to open it")


class SealOpened(Conflict):
    """An opened plan's items are known to everyone."""

    code = "seal-opened"

    def __init__(self) -> None:
        super().__init__("this plan was opened, so that its items are known: seal a fresh one")


class RunUnderWay(Conflict):
    """A run of this plan has not ended."""

    code = "run-under-way"

    def __init__(self) -> None:
        super().__init__("a run of this plan is under way: wait for its end, or cancel it")


class TooManyRuns(Conflict):
    """An organisation has asked for as many runs as it may have under way."""

    code = "too-many-runs"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} of your runs are under way; wait for one to end, or cancel one")


class RunEnded(Conflict):
    """What ended can't be ended again, nor taken up."""

    code = "run-ended"

    def __init__(self, state: str) -> None:
        super().__init__(f"this run is {state}")


class RunNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "run-not-found"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id} here")


class TranscriptNotFound(NotFound):
    """No log of that attempt, or not this viewer's to see."""

    code = "transcript-not-found"

    def __init__(self, item: str) -> None:
        super().__init__(f"there is no transcript of {item[:100]} here")


class TranscriptChanged(Conflict):
    """The log on the disk is not the one whose digest was recorded."""

    code = "transcript-changed"

    def __init__(self, item: str) -> None:
        super().__init__(
            f"the transcript of {item} on this machine is not the one that was recorded; restore the data folder"
        )


class MayNotJudge(Forbidden):
    """Whether a model cheated is not its developer's to say."""

    code = "may-not-judge"

    def __init__(self) -> None:
        super().__init__("only the evaluator and the hub say whether the model cheated")


class SayingUnknown(Invalid):
    """A person says yes, no, or unclear."""

    code = "saying-unknown"

    def __init__(self, said: str) -> None:
        super().__init__(f"{said[:20]!r} is none of yes, no, unclear")
