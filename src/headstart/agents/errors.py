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


class EndpointUnset(Invalid):
    """A private endpoint was named, and the environment does not say where it is or holds no key for it."""

    code = "endpoint-unset"

    def __init__(self, spec: str, what: str) -> None:
        super().__init__(f"{spec} can't be reached: {what}")


class KeyWeak(Invalid):
    """A key for an endpoint that could be guessed, or that no header can carry."""

    code = "key-weak"

    def __init__(self, shortest: int) -> None:
        super().__init__(f"a key has at least {shortest} printable ASCII characters and no space")


class PortTaken(Unable):
    """Something else listens there."""

    code = "port-taken"

    def __init__(self, port: int, why: str) -> None:
        super().__init__(f"port {port} can't be listened on: {why}; name another with --port")


class SuiteUnknown(Invalid):
    """That is no name of a suite."""

    code = "suite-unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no suite: name it as package/task, such as inspect_evals/cybench")


class SuiteUnusable(Unable):
    """A suite whose package or sandbox is not here."""

    code = "suite-unusable"

    def __init__(self, why: str) -> None:
        super().__init__(why)
