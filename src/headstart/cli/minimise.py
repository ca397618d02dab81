"""`headstart minimise`: a smaller trigger that still triggers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headstart.cli.output import as_json, dump, people, progress
from headstart.cli.place import Place, in_data

if TYPE_CHECKING:
    from headstart.proofs.work import Minimised


@click.command(
    epilog="Example: headstart minimise examples/reports-offline/minirec-repeat-overflow --out smaller"
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where the report with the smaller trigger is written: "
              "a folder that is not there yet.  [default: DIR-minimised, here]")  # fmt: skip
@click.option(
    "--runs", default=600, show_default=True, type=click.IntRange(1, 100_000), help="Tries at most."
)
@click.option("--seconds", default=300.0, show_default=True, type=click.FloatRange(0, 86_400),
              help="No try begins later than that.")  # fmt: skip
@in_data
@as_json
def command(*, folder: Path, out: Path | None, runs: int, seconds: float, data: Path, json_: bool) -> int:
    """Make a report's triggers smaller: the same effect, by the same code, at the same place.

    Ends with 0 if that is done (or nothing smaller does it), 1 if the report was not reproduced, 3 if it could
    not be run here.
    """
    from headstart.proofs.work import Budget, minimise, write_smaller
    from headstart.reports.errors import FolderTaken
    from headstart.reports.work import read

    report = read(folder)
    to = out or Path(f"{folder.resolve().name}-minimised")
    if to.exists() or to.is_symlink():
        raise FolderTaken(str(to))
    setting = Place(data).setting()
    with progress(f"making {report.path.name} smaller", quiet=json_) as tell:
        found = minimise(report, setting=setting, budget=Budget(runs=runs, seconds=seconds), progress=tell)
    if found.reproduced:
        write_smaller(report, found, to)
    if json_:
        dump(_facts(found, to))
    else:
        _tell(found, to)
    return 0 if found.reproduced else 1


def _facts(found: "Minimised", to: Path) -> dict[str, Any]:
    """What came of it, for machines."""
    return {
        "reproduced": found.reproduced,
        "attribution": found.attribution,
        "crash_state": found.state,
        "triggers": [
            {
                "path": each.path,
                "format": each.format,
                "before_bytes": each.before_bytes,
                "after_bytes": each.after_bytes,
                "stopped": each.stopped,
                "k": each.k,
                "n": each.n,
                "control": each.control,
            }
            for each in found.triggers
        ],
        "runs": found.runs,
        "seconds": found.seconds,
        "sentence": found.sentence,
        "out": str(to) if found.reproduced else None,
    }


def _tell(found: "Minimised", to: Path) -> None:
    """What came of it, for people."""
    people.print(found.sentence, markup=False)
    for each in found.triggers:
        people.print(
            f"  {each.path} ({each.format}): confirmed {each.k} of {each.n}, control {each.control}; "
            f"stopped: {each.stopped}",
            markup=False,
        )
    if found.reproduced:
        people.print(f"report: {to}", markup=False)
