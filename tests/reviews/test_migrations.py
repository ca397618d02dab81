"""An instance of before is brought up to date: the answers to each enquiry are numbered by their time."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from headstart.reviews.models import Determination

BEFORE = [("reviews", "0002_prerelease_window")]


@pytest.fixture
def before() -> Iterator[Any]:
    """The tables as they were; brought up to date again whatever happens."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    call_command("migrate", verbosity=0, interactive=False)


@pytest.mark.django_db(transaction=True)
def test_the_answers_of_before_are_numbered_review_by_review(before: Any) -> None:
    organisations = before.get_model("people", "Organisation").objects
    developer = organisations.create(id="org_1", name="d", kind="developer")
    authority = organisations.create(id="org_2", name="a", kind="authority")
    for review_id in ("rev_1", "rev_2"):
        review = before.get_model("reviews", "Review").objects.create(
            id=review_id,
            developer=developer,
            model_name="m",
            programme_text={},
            asked_at="2026-01-01T00:00:00Z",
        )
        for day, answer in ((3, "covered"), (1, "can't say yet"), (2, "not covered")):
            before.get_model("reviews", "Determination").objects.create(
                review=review, authority=authority, answer=answer, envelope={}, at=f"2026-01-0{day}T00:00:00Z"
            )
    call_command("migrate", verbosity=0, interactive=False)
    numbered = Determination.objects.order_by("review_id", "number").values_list(
        "review_id", "number", "answer"
    )
    answers = [(1, "can't say yet"), (2, "not covered"), (3, "covered")]
    assert list(numbered) == [(review, *each) for review in ("rev_1", "rev_2") for each in answers]
