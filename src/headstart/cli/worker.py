"""`headstart worker`: one more worker."""

import signal
import threading
from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people


@click.command(epilog="Example: headstart worker --slot 2")
@click.option("--slot", default="1", show_default=True, help="This worker's name for ever; each has its own.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA).")
@click.option("--until-idle", is_flag=True, help="End once nothing is left to do.")
@as_json
def command(*, slot: str, data: Path | None, until_idle: bool, json_: bool) -> None:
    """Run jobs (proofs, sweeps, matching) until Ctrl-C, beside `headstart serve --no-worker`.

    After a crash, start it again with the same slot: it goes on where it was.
    """
    from headstart.site.start import open_instance

    open_instance(data=data)
    from headstart.worker.loop import open_worker

    worker = open_worker(slot)
    worker.start()
    if not json_:
        people.print(f"worker {slot} is at work   (Ctrl-C ends it)")
    try:
        if until_idle:
            worker.drain(seconds=24 * 3600)
        else:
            _until_told()
    finally:
        worker.stop()
    if json_:
        dump({"worker": slot, "ended": "idle" if until_idle else "told to"})


def _until_told() -> None:
    told = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: told.set())
    told.wait()
