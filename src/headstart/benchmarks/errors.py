"""What the benchmarks room refuses."""

from headstart.errors import Forbidden, Invalid, NotFound, Unable


class FamilyUnknown(Invalid):
    """No family goes by that name here."""

    code = "family-unknown"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no family {name!r}; there are {', '.join(known)}")


class PlanInvalid(Invalid):
    """An evaluation of too few items or no families."""

    code = "plan-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this can't be evaluated: {why}")


class CompilerMissing(Unable):
    """A family needs a C compiler in the sandbox."""

    code = "compiler-missing"

    def __init__(self, family: str) -> None:
        super().__init__(f"{family} needs a C compiler in the sandbox; install gcc, or leave the family out")


class SealBroken(Invalid):
    """What was run is not what was sealed before."""

    code = "seal-broken"

    def __init__(self) -> None:
        super().__init__("the plan does not match its commitment: it was changed after it was sealed")


class EvaluationNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "evaluation-not-found"

    def __init__(self, evaluation_id: str) -> None:
        super().__init__(f"there is no evaluation {evaluation_id} here")


class MayNotRecord(Forbidden):
    """Only evaluators and the hub record evaluations."""

    code = "may-not-record"

    def __init__(self) -> None:
        super().__init__("only an evaluator or the hub may record an evaluation")
