"""What the agents room refuses, and when a model can't be run here."""

from headstart.errors import Invalid, Unable


class ModelUnknown(Invalid):
    """A model string that neither names a reference model nor looks like one of Inspect's."""

    code = "model-unknown"

    def __init__(self, spec: str, why: str) -> None:
        super().__init__(
            f"{spec!r} can't be used as a model: {why}; name one of reference/null, reference/heuristic, "
            "reference/fuzzer, or a model string of Inspect AI such as openai-api/SERVICE/MODEL"
        )


class RunBroke(Unable):
    """Inspect AI itself did not come through: says nothing about the model."""

    code = "run-broke"

    def __init__(self, why: str) -> None:
        super().__init__(f"the run of the model broke: {why}")


class RunHung(Unable):
    """The run went far past its own limits, and its process was killed."""

    code = "run-hung"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the run of the model hung and was killed after {seconds:.0f} s")
