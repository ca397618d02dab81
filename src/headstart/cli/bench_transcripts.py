"""`headstart bench read` and `bench disclose`: one transcript, by a person, or for others."""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people
from headstart.cli.place import Place, in_data


@click.command(
    epilog="Example: headstart bench read run-1 find-parser-flaw.1-3-4f2a --by 'A. Reader' --cheating no"
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("item")
@click.option("--attempt", type=click.IntRange(1), default=1, show_default=True)
@click.option("--by", required=True, help="Who read it.")
@click.option("--cheating", type=click.Choice(["yes", "no", "unclear"]), required=True, help="Did it cheat?")
@click.option("--note", default="", help="In a sentence, why.")
@as_json
def read(*, run: Path, item: str, attempt: int, by: str, cheating: str, note: str, json_: bool) -> int:
    """Write down that a person read a transcript (it lies in RUN/samples), and what they found."""
    from headstart import clock
    from headstart.benchmarks.errors import TranscriptMissing
    from headstart.benchmarks.rules.results import Reading
    from headstart.benchmarks.work import RunFolder

    folder = RunFolder(run)
    if not any((each.item, each.attempt) == (item, attempt) for each in folder.scores()):
        raise TranscriptMissing(item)
    folder.note(
        Reading(item=item, attempt=attempt, by=by[:200], at=clock.now(), cheating=cheating, note=note[:2000])
    )
    read_by_people = len({(each.item, each.attempt) for each in folder.readings()})
    total = sum(1 for _ in folder.scores())
    if json_:
        dump({"item": item, "attempt": attempt, "read": read_by_people, "of": total})
    else:
        people.print(f"written down; people have read {read_by_people} of {total} transcripts", markup=False)
    return 0


@click.command(epilog="Example: headstart bench disclose run-1 find-parser-flaw.1-3-4f2a --out disclosed")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("item")
@click.option("--attempt", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder for the log and its proof."
)
@in_data
@as_json
def disclose(*, run: Path, item: str, attempt: int, out: Path, data: Path, json_: bool) -> int:
    """Show one transcript, with the proof that it belongs to the run, and nothing of the others."""
    from headstart.benchmarks.work import RunFolder
    from headstart.benchmarks.work.sealed import disclose as written

    log = written(RunFolder(run), item, attempt, out, Place(data).key())
    if json_:
        dump({"log": str(log)})
    else:
        people.print(f"{log}, with its proof beside it: `headstart verify {log}` checks it", markup=False)
    return 0
