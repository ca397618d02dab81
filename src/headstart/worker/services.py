"""Handing over: from ledger entries to jobs, and running one."""

import logging
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, transaction

from headstart.access import services as access
from headstart.errors import HeadstartError
from headstart.ledger import queries as entries
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.people.errors import OrganisationNotFound
from headstart.reviews import services as reviews
from headstart.worker.flow import Event, next_rows, row_of
from headstart.worker.models import Cursor
from headstart.worker.ports import Job, Jobs

log = logging.getLogger(__name__)


@transaction.atomic
def hand_over(jobs: Jobs) -> int:
    """Hand a job over for every row of the flow that new ledger entries call for; how many there were.

    A crash between handing over and moving the cursor repeats keys, which the engine knows already.
    """
    Cursor.objects.get_or_create(id=1)
    cursor = Cursor.objects.select_for_update().get(id=1)
    handed = 0
    new = entries.since(cursor.next_index)
    for entry in new:
        for row in next_rows(entry.kind):
            jobs.hand_over(
                Job(key=f"{row.verb}:{entry.index}", verb=row.verb, index=entry.index, queue=row.queue)
            )
            handed += 1
    if new:
        cursor.next_index = new[-1].index + 1
        cursor.save(update_fields=["next_index"])
    return handed


def keep_time() -> int:
    """Close the reviews whose time is over, and delete the words that were kept long enough; how many reviews.

    What goes wrong is logged, and tried again at the next look.
    """
    closed = _kept("the reviews' ends", lambda: len(reviews.expire_due(actor=people.hub())))
    _kept("kept words", lambda: access.delete_kept_words(actor=people.hub()))
    return closed


def _kept(what: str, verb: Callable[[], int]) -> int:
    try:
        return verb()
    except OrganisationNotFound:  # a new instance, in which nothing can be over
        return 0
    except (HeadstartError, DatabaseError) as error:
        log.warning("%s could not be looked at: %s", what, error)
        return 0


def run(verb: str, index: int) -> None:
    """Run a verb of the flow on ledger entry `index`.

    A refusal is written down and ends the job: running it again would refuse again. Anything else is raised, for
    the engine to try again.
    """
    close_old_connections()
    try:
        event = _event(index)
        row = row_of(event.kind, verb)
        if row is not None and row.when(event):
            row.do(event, people.hub())
    except HeadstartError as error:
        gave_up(verb, index, str(error))
    finally:
        close_old_connections()


def gave_up(verb: str, index: int, why: str) -> None:
    """Write down that a job failed for good, for the hub, and tell the row."""
    log.warning("%s on entry %d: %s", verb, index, why)
    entry = entries.since(index, 1)[0]
    row = row_of(entry.kind, verb)
    if row is not None:
        row.given_up(_event(index), why)
    ledger.append(
        actor=people.hub().organisation_id,
        kind="job.failed",
        subject=entry.subject,
        details={"verb": verb, "entry": index, "why": why[:2000]},
    )


def _event(index: int) -> Event:
    entry = entries.since(index, 1)[0]
    return Event(
        index=entry.index,
        kind=entry.kind,
        subject=entry.subject.rsplit(":", 1)[1],
        details=entry.details,
    )
