"""`headstart bisect`: which releases or commits are affected, by running them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from headstart.cli.output import as_json, dump, people, progress
from headstart.cli.place import EXAMPLES, Place, in_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headstart.proofs.work import Sweep
    from headstart.reports.work import Folder

COLOURS = {"yes": "red", "no": "green", "unknown": "yellow"}
LARGEST_ADVISORY = 16 << 20


@click.command(epilog="Example: headstart bisect examples/reports/idna-joiner-hang")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--sweep", "how", flag_value="sweep", help="Run every release (or commit).")
@click.option("--bisect", "how", flag_value="bisect", help="Run as few as show where the answer changes.")
@click.option(
    "--auto", "how", flag_value="auto", default=True, help="A sweep where that is cheap.  [default]"
)
@click.option("--advisory", type=click.Path(path_type=Path), help="An OSV record to hold the answer beside.")
@click.option(
    "--repository", help="Run the commits of this git repository: an https address, a folder, a bundle."
)
@click.option("--from", "first", help="The first commit, tag or branch to run.  [default: the oldest]")
@click.option("--to", "last", help="The last one.  [default: HEAD]")
@click.option("--again", is_flag=True, help="Start over: what an earlier run kept is run again.")
@in_data
@as_json
def command(
    *, folder: Path, advisory: Path | None, again: bool, data: Path, json_: bool, **ways: str | None
) -> int:
    """Run a report's trigger on the releases of its package; the affected ranges as vers and OSV.

    Where the report's [build] names a git repository, or --repository does, the commits are built and run instead:
    those on the first parents' line between --from and --to. A commit that does not build is unknown.

    A run that was stopped goes on from where it was. What lies beside a change of answer is run twice.

    Ends with 0 if something is affected, 1 if nothing is, 3 if nothing could be run.
    """
    from headstart.reports.work import read

    report = read(folder)
    records = _advisories(advisory, report, Place(data))
    found = _run(report, Place(data), ways, again=again, quiet=json_)
    beside = [] if found.is_git else _beside(records, report, found, is_asked=advisory)
    if json_:
        dump(_facts(found, beside))
    else:
        _tell(found, beside)
    if found.range.intervals:
        return 0
    return 1 if any(each.ran for each in found.table) else 3


def _run(report: "Folder", place: Place, ways: dict[str, str | None], *, again: bool, quiet: bool) -> "Sweep":
    from headstart.proofs.rules.bisecting import How
    from headstart.proofs.work import sweep
    from headstart.proofs.work.bisecting import Line, bisect
    from headstart.proofs.work.books import book_of

    setting = place.setting()
    book = book_of(report, setting.sandbox, place.data)
    if again:
        book.forget()
    how = How(ways["how"] or How.AUTO)
    build = report.report.build
    is_git = ways["repository"] is not None or (build is not None and build.commit is not None)
    if not is_git and (ways["first"] or ways["last"]):
        raise click.UsageError("--from and --to are commits of a git repository; name it with --repository")
    what = "commits" if is_git else "releases"
    with progress(f"running {what} of {report.report.purl.name}", quiet=quiet) as tell:
        if not is_git:
            return sweep(report, setting=setting, how=how, book=book, progress=tell)
        line = Line(source=_source(ways["repository"]), first=ways["first"], last=ways["last"])
        return bisect(report, line, setting=setting, how=how, book=book, progress=tell)


def _source(repository: str | None) -> str | Path | None:
    """An address as reports spell it, or a path."""
    if repository is None:
        return None
    if repository.startswith(("https://", "git+https://")):
        return f"git+{repository.removeprefix('git+')}"
    if "://" in repository or not Path(repository).exists():
        raise click.UsageError(f"{repository} is no https:// address, folder or git bundle")
    return Path(repository)


def _advisories(path: Path | None, report: "Folder", place: Place) -> list[dict[str, Any]]:
    """The record that was named; for a report that ships, those that ship with it."""
    if path is not None:
        return [_record(path)]
    if report.digest not in place.shipped():
        return []
    return [_record(each) for each in sorted((EXAMPLES / "advisories").glob("*.json"))]


def _record(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            read = file.read(LARGEST_ADVISORY + 1)
        if len(read) > LARGEST_ADVISORY:
            raise click.UsageError(
                f"{path} is larger than {LARGEST_ADVISORY >> 20} MiB, so it is no OSV record"
            )
        return msgspec.json.decode(read, type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise click.UsageError(f"{path} is not an OSV record: {error}") from error


def _beside(
    records: "Iterable[dict[str, Any]]", report: "Folder", found: "Sweep", *, is_asked: Path | None
) -> list[dict[str, Any]]:
    """The releases on which each advisory agrees and differs."""
    from headstart.packages.rules.osv import beside

    purl = report.report.purl
    held = [beside(purl, record, found.range, [each.version for each in found.table]) for record in records]
    if is_asked and held == [None]:
        raise click.UsageError(f"{is_asked} says nothing of the releases of {purl.without_version}")
    return [each for each in held if each is not None]


def _facts(found: "Sweep", beside: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer for machines."""
    rows = [each for each in found.table if each.installed or each.note != "not run" or not found.is_git]
    return {
        "how": str(found.how),
        "vers": found.vers,
        "osv": found.range.osv_events(),
        "affected": found.osv,
        "releases": [
            {
                "version": each.version,
                "published": each.published,
                "built": each.installed,
                "ran": each.ran,
                "affected": str(each.affected),
                "runs": each.runs,
                "seen": each.seen,
                "note": each.note,
            }
            for each in rows
        ],
        "not_run": sum(each.note == "not run" for each in found.table),
        "beside": [row for each in beside for row in each["differ"]],
        "advisories": beside,
    }


def _tell(found: "Sweep", beside: list[dict[str, Any]]) -> None:
    """The answer for people."""
    from headstart.proofs.work.sweeping import NOT_RUN

    what = "commit" if found.is_git else "release"
    table = Table(what, "built", "ran", "affected", "seen", "why", box=None, pad_edge=False)
    shown = [each for each in found.table if each.note != NOT_RUN]
    for each in shown:
        colour = COLOURS[str(each.affected)]
        table.add_row(
            _plain(each.version[:12] if found.is_git else each.version),
            "yes" if each.installed else "no",
            "yes" if each.ran else "no",
            f"[{colour}]{each.affected}[/{colour}]",
            f"{each.seen} of {each.runs}" if each.runs else "",
            _plain(each.note),
        )
    people.print(table)
    if len(shown) < len(found.table):
        people.print(f"{len(found.table) - len(shown)} {what}s were not run, and are unknown")
    if found.is_git and found.range.intervals:
        for one in found.range.intervals:
            people.print(
                f"introduced in {one.introduced}, " + (f"fixed in {one.fixed}" if one.fixed else "not fixed")
            )
    else:
        people.print(_plain(found.vers) or f"no {what} is known to be affected")
    for held in beside:
        _tell_beside(held)


def _tell_beside(held: dict[str, Any]) -> None:
    people.print(
        _plain(f"{held['id']} agrees on {len(held['agree'])} of {held['answered']} that gave an answer")
    )
    for row in held["differ"]:
        people.print(
            _plain(f"differs from {held['id']} on {row['version']}: {row['ours']}, it says {row['theirs']}")
        )


def _plain(text: str) -> str:
    """What others wrote, with nothing in it that a terminal or a table would obey."""
    return escape("".join(each if each.isprintable() else " " for each in text))
