"""Public suites beside Headstart's own battery: run by name, scored by their authors, kept in a folder.

```text
suite.json      what was run and what its own metrics say
journal.jsonl   one sample a line, as it ended
samples/        ID.json: Inspect's own log of each sample
logs/           Inspect's log of the run
```

Their items are public: whatever a model was trained on may hold them. No ability is worked out of them.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from headstart.agents.rules.assignments import Budget
from headstart.agents.rules.suites import SuiteResult, SuiteSample
from headstart.agents.work import ModelHandle
from headstart.agents.work import run_suite as run_by_agents

BUDGET = Budget(messages=60, tokens=1_000_000, seconds=900, tool_seconds=180, tool_cpu_seconds=180)


def run_suite(
    name: str,
    handle: ModelHandle,
    *,
    limit: int | None = None,
    folder: Path,
    budget: Budget = BUDGET,
    on_attempt: Callable[[SuiteSample], None] | None = None,
    in_headstart: bool = False,
) -> SuiteResult:
    """Run a suite such as `inspect_evals/cybench`, its first `limit` samples, and keep what comes of it in `folder`.

    It runs in the sandbox that its authors chose (most need Docker); `in_headstart` puts Headstart's in its place, for
    tasks that need no image of their own. `on_attempt` is told of each sample as it ends.

    Raises:
        SuiteUnknown: that is no name of a suite.
        SuiteUnusable: its package or its sandbox is not here: the line says what to do.
        RunBroke: Inspect did not come through.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "journal.jsonl").open("w", encoding="utf-8") as journal:

        def tell(sample: SuiteSample) -> None:
            journal.write(json.dumps(asdict(sample), default=str) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
            if on_attempt is not None:
                on_attempt(sample)

        result = run_by_agents(
            name,
            handle,
            limit=limit,
            folder=folder,
            budget=budget,
            on_sample=tell,
            in_headstart=in_headstart,
        )
    text = json.dumps(result.as_dict(), indent=2)
    (folder / "suite.json").write_text(text + "\n", encoding="utf-8")
    return result
