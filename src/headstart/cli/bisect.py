"""`headstart bisect`: which releases are affected, by running them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.table import Table

from headstart.cli.output import as_json, dump, people, progress
from headstart.cli.place import Place, in_data

if TYPE_CHECKING:
    from headstart.proofs.work.sweeping import Sweep
    from headstart.reports.work import Folder


@click.command(epilog="Example: headstart bisect examples/reports/idna-joiner-hang")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--advisory", type=click.Path(path_type=Path), help="An OSV record to hold the answer beside.")
@in_data
@as_json
def command(*, folder: Path, advisory: Path | None, data: Path, json_: bool) -> int:
    """Run a report's trigger on every release of its package; the affected ranges as vers and OSV.

    Ends with 0 if some release is affected, 1 if none is, 3 if none could be run.
    """
    from headstart.proofs.work import Setting
    from headstart.proofs.work.sweeping import sweep
    from headstart.reports.work import read

    report = read(folder)
    place = Place(data)
    with progress(f"running every release of {report.report.purl.name}", quiet=json_) as tell:
        found = sweep(
            report,
            setting=Setting(store=place.store(), sandbox=place.sandbox(), shipped=place.shipped()),
            progress=tell,
        )
    beside = _beside(advisory, report, found) if advisory else None
    if json_:
        dump(
            {
                "vers": found.range.vers() if found.range.intervals else "",
                "osv": found.range.osv_events(),
                "releases": [
                    {
                        "version": each.version,
                        "ran": each.ran,
                        "affected": str(each.affected),
                        "note": each.note,
                    }
                    for each in found.table
                ],
                "beside": beside,
            }
        )
    else:
        table = Table("release", "affected", "why", box=None, pad_edge=False)
        colours = {"yes": "red", "no": "green", "unknown": "yellow"}
        for each in found.table:
            colour = colours[str(each.affected)]
            table.add_row(each.version, f"[{colour}]{each.affected}[/{colour}]", each.note)
        people.print(table)
        people.print(found.range.vers() if found.range.intervals else "no release is known to be affected")
        for line in beside or ():
            people.print(
                f"differs from the advisory on {line['version']}: {line['ours']}, it says {line['theirs']}"
            )
    if found.range.intervals:
        return 0
    return 1 if any(each.ran for each in found.table) else 3


def _beside(path: Path, report: "Folder", found: "Sweep") -> list[dict[str, str]]:
    """The releases on which an advisory says something else."""
    from headstart.vulnerabilities.rules import beside

    try:
        record = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise click.UsageError(f"{path} is not an OSV record: {error}") from error
    held = beside(report.report.purl, record, found.range, [each.version for each in found.table])
    if held is None:
        raise click.UsageError(f"{path} is about another package than {report.report.purl.without_version}")
    return list(held["differ"])
