"""Run assignments through the real driver, in tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.simulators.endpoint import Lies, endpoint

from headstart.agents import work
from headstart.agents.rules.assignments import Assignment, Attempt, Budget
from headstart.agents.work import ModelHandle

KEY = "sk-canary-7f3a9b"


@contextmanager
def liar(folder: Path, elsewhere: str = "") -> Iterator[tuple[ModelHandle, Lies]]:
    """The endpoint that lies, as a private model, and the endpoint."""
    with endpoint(elsewhere) as lies, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIAR_BASE_URL", lies.base_url)
        patch.setenv("LIAR_API_KEY", KEY)
        with work.model("openai-api/liar/any", folder=folder) as handle:
            yield handle, lies


def attempts(
    assignments: Iterable[Assignment], handle: ModelHandle, budget: Budget | None = None
) -> dict[str, Attempt]:
    """What came of each, by its id."""
    heard: list[Attempt] = []
    ran = work.run(
        work.listed(assignments),
        handle,
        name="t",
        budget=budget or Budget(),
        samples=handle.folder / "samples",
        on_attempt=heard.append,
    )
    assert len({each.id for each in heard}) == len(heard)
    assert ran.attempts <= len(heard)
    return {each.id: each for each in heard}
