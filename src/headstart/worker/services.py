"""Handing over: from ledger entries to jobs, and running one."""

import logging

from django.db import close_old_connections, transaction

from headstart.errors import HeadstartError
from headstart.ledger import queries as entries
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.worker.flow import FLOW, Event, next_rows
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
        for place, row in next_rows(entry.kind):
            key = f"{row.verb}:{entry.index}"
            jobs.hand_over(Job(key=key, place=place, index=entry.index, queue=row.queue))
            handed += 1
    if new:
        cursor.next_index = new[-1].index + 1
        cursor.save(update_fields=["next_index"])
    return handed


def run(place: int, index: int) -> None:
    """Run the verb in row `place` of the flow on ledger entry `index`.

    A refusal is written down and ends the job: running it again would refuse again. Anything else is a fault,
    and the engine keeps it.
    """
    close_old_connections()
    row = FLOW[place]
    entry = entries.since(index, 1)[0]
    event = Event(
        index=entry.index, kind=entry.kind, subject=entry.subject.rsplit(":", 1)[1], details=entry.details
    )
    hub = people.hub()
    try:
        if row.when(event):
            row.do(event, hub)
    except Exception as error:
        why = str(error) if isinstance(error, HeadstartError) else f"{type(error).__name__}: {error}"
        ledger.append(
            actor=hub.organisation_id,
            kind="job.failed",
            subject=entry.subject,
            details={"verb": row.verb, "entry": index, "why": why[:2000]},
        )
        if not isinstance(error, HeadstartError):
            log.exception("%s on entry %d", row.verb, index)
    finally:
        close_old_connections()
