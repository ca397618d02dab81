"""`headstart review finding`: hand in what was found with the model, as any finder does, and see what became of it."""

import contextlib
import io
import zipfile
from pathlib import Path
from typing import Any

import click

from headstart.cli.hub import Hub, HubRefused, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import review, review_id, tell


@click.group(epilog="Example: headstart review finding hand 'Model 7' their-report")
def finding() -> None:
    """Hand in findings: reports with a proof (docs/report-format.md). The hub runs each before anybody reads it."""


@finding.command(epilog="Example: headstart review finding hand 'Model 7' their-report")
@review
@click.argument("folder", type=click.Path(path_type=Path))
@on_hub
@as_json
def hand(*, review: str, folder: Path, hub: Hub, json_: bool) -> None:
    """Hand in a report folder, as found with the review's model. Handing in the same again changes nothing."""
    at = review_id(hub, review)
    made = hub.upload("/findings", {"review_id": at}, ("report", "report.zip", _zipped(folder)))
    tell(made, [f"handed in: {made['id']}; it is run next, and shown by `review finding list`"], json_=json_)


def _zipped(folder: Path) -> bytes:
    """The report, checked as the hub will check it, as a zip."""
    from headstart.reports import work

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(work.read(folder).content().items()):
            archive.writestr(f"report/{path}", data)
    return held.getvalue()


@finding.command(name="list", epilog="Example: headstart review finding list --json")
@on_hub
@as_json
def list_(*, hub: Hub, json_: bool) -> None:
    """List the findings that you may see, each with what the hub saw when it ran it."""
    found = hub.every("/findings")
    for each in found:
        each["proof"] = None
        with contextlib.suppress(HubRefused):
            each["proof"] = hub.get(f"/findings/{part(each['id'])}/proof")
    tell(found, [_line(each) for each in found] or ["there is none that you may see"], json_=json_)


def _line(row: Any) -> str:
    proof = row["proof"]
    seen = f"{proof['rung']}: {proof['sentence']}" if proof else "not run yet"
    return f"{row['id']}  {row['title']}: {seen}"
