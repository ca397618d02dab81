"""`headstart review export`: a marked document leaves the hub, by two people, with a watermark."""

from pathlib import Path
from typing import Any

import click

from headstart.cli.files import write_new
from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import of, one_of, review, tell
from headstart.cli.review_papers import mark


@click.group(
    epilog="Example: headstart review export ask 'Model 7' 'Our own battery' --reason 'For the board.'"
)
def export() -> None:
    """Take a copy of a document out of the hub: one person asks, another agrees, every page says whose it is."""


@export.command(
    epilog="Example: headstart review export ask 'Model 7' 'Our own battery' --reason 'For the board.'"
)
@review
@click.argument("name", metavar="DOCUMENT")
@click.option("--reason", required=True, help="What for; the second person reads it.")
@on_hub
@as_json
def ask(*, review: str, name: str, reason: str, hub: Hub, json_: bool) -> None:
    """Ask for a copy. For a person who may read the document."""
    found = one_of(hub.get(of(hub, review, "/documents")), "document", name, "title")
    made = hub.post(f"/documents/{part(found['id'])}/exports", {"reason": reason})
    tell(made, [f"asked: {made['id']}; another person who may read it agrees now"], json_=json_)


@export.command(name="list", epilog="Example: headstart review export list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List the copies that you may know of."""
    found = hub.get(of(hub, review, "/exports"))
    tell(found, [_line(each) for each in found] or ["no copy was asked for"], json_=json_)


def _line(row: Any) -> str:
    agreed = f"agreed by {row['agreed_by']}" if row["agreed_by"] else "not agreed yet"
    return f"{row['id']}  {row['title']} [{mark(row)}] for {row['asked_by']}: {agreed}; {row['reason']}"


@export.command(epilog="Example: headstart review export agree exp_4k2m0q7x")
@click.argument("name", metavar="EXPORT")
@on_hub
@as_json
def agree(*, name: str, hub: Hub, json_: bool) -> None:
    """Agree to a copy that another person asked for. For a person who may read the document too."""
    made = hub.post(f"/exports/{part(name)}/agree")
    tell(made, [f"agreed; {made['asked_by']} may take it until {made['until'][:16]} UTC"], json_=json_)


@export.command(epilog="Example: headstart review export take exp_4k2m0q7x --out copy.pdf")
@click.argument("name", metavar="EXPORT")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file.")
@on_hub
@as_json
def take(*, name: str, out: Path, hub: Hub, json_: bool) -> None:
    """Take the copy that you asked for: a PDF with who, when and a mark on every page; written down each time."""
    held = hub.file(f"/exports/{part(name)}/copy", method="POST")
    write_new(out, held)
    tell({"file": str(out), "bytes": len(held)}, [f"written: {out}"], json_=json_)


@export.command(epilog="Example: headstart review export trace 7K2M-0Q7X-11AB")
@click.argument("name", metavar="MARK")
@on_hub
@as_json
def trace(*, name: str, hub: Hub, json_: bool) -> None:
    """Say whose copy a watermark is. For the document's owner and the hub."""
    found = hub.get(f"/exports/traced/{part(name)}")
    tell(found, [_line(found)], json_=json_)
