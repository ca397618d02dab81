"""An instance of before is brought up to date, and keeps what it had."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from headstart.benchmarks.models import ItemResult

OLD = {
    "subject": "urn:headstart:review:rev_1", "model_name": "m", "scaffold": "s", "families": {}, "commitment": "0" * 64,
    "plan": {}, "ability": 0.0, "standard_error": 1.0, "low": -1.0, "high": 1.0, "solved": 1, "counted": 2,
    "rate_low": 0.0, "rate_high": 1.0, "refusals": 0, "infrastructure": 0, "budget": {}, "sandbox": "bubblewrap",
    "weaker": False, "log_digest": "0" * 64, "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z",
}  # fmt: skip


@pytest.fixture
def before() -> Iterator[Any]:
    """The tables as they were; brought up to date again whatever happens."""
    executor = MigrationExecutor(connection)
    executor.migrate([("benchmarks", "0001_initial")])
    yield executor.loader.project_state([("benchmarks", "0001_initial")]).apps
    call_command("migrate", verbosity=0, interactive=False)


@pytest.mark.django_db(transaction=True)
def test_items_of_before_keep_their_side_under_its_new_name(before: Any) -> None:
    evaluator = before.get_model("people", "Organisation").objects.create(
        id="org_1", name="e", kind="evaluator"
    )
    evaluation = before.get_model("benchmarks", "Evaluation").objects.create(evaluator=evaluator, **OLD)
    for side, tokens in (("find", 7), ("mend", 9)):
        before.get_model("benchmarks", "ItemResult").objects.create(
            evaluation=evaluation, item=side, family="f", side=side, seed="0", level=0, difficulty=0.0,
            outcome="solved", elsewhere=False, tokens=tokens, seconds=1.0,
        )  # fmt: skip
    call_command("migrate", verbosity=0, interactive=False)
    kept = {each.item: (each.side, each.tokens, each.attempt) for each in ItemResult.objects.all()}
    assert kept == {"find": ("offence", 7, 1), "mend": ("defence", 9, 1)}
