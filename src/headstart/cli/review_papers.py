"""`headstart review evidence, document, field, declare`: marked words, and what people say of their interests."""

from pathlib import Path
from typing import Any

import click

from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import LABELS, marked, marking, of, one_of, review, tell, text_of

FIELDS = ["model_name", "description", "planned_release_on"]


def _put(hub: Hub, review: str, kind: str, options: dict[str, Any]) -> Any:
    file, title = options["file"], options["title"]
    if file is None and not options["evaluation"]:
        raise click.UsageError("name a FILE, or a measurement with --evaluation")
    words = {
        "kind": kind,
        "title": title or (file.stem if file else options["evaluation"]),
        "text": text_of(file) if file else "",
        "evaluation_id": options["evaluation"] or "",
        "marking": marking(options),
    }
    return hub.post(of(hub, review, "/documents"), words)


def _said(made: Any) -> list[str]:
    asides = " It is marked advisory: the model may have seen such tasks." if made["advisory"] else ""
    return [f"{made['id']}  {made['title']}  [{mark(made)}], SHA-256 {made['digest'][:16]}.{asides}"]


def mark(row: Any) -> str:
    """How something is marked, in words."""
    return str(row["tlp"]) + (", trade secret" if row["trade_secret"] else "")


@click.command(
    epilog="Example: headstart review evidence 'Model 7' results.md --title 'Our own battery' --tlp TLP:AMBER"
)
@review
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--title", help="[default: the file's name]")
@click.option("--evaluation", metavar="ID", help="A measurement of this hub that you may see.")
@marked
@on_hub
@as_json
def evidence(*, review: str, hub: Hub, json_: bool, **options: Any) -> None:
    """Attach evidence to an enquiry: a text file, a measurement, or both; at most 1 MiB."""
    made = _put(hub, review, "evidence", options)
    tell(made, _said(made), json_=json_)


@click.group(epilog="Example: headstart review document list 'Model 7'")
def document() -> None:
    """Put marked words into a review, and read what you may. What is AMBER or stricter is read into the ledger."""


@document.command(epilog="Example: headstart review document put 'Model 7' card.md --kind model-card")
@review
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(["evidence", "model-card", "note"]), default="note", show_default=True
)
@click.option("--title", help="[default: the file's name]")
@marked
@on_hub
@as_json
def put(*, review: str, kind: str, hub: Hub, json_: bool, **options: Any) -> None:
    """Put a text file into the review."""
    made = _put(hub, review, kind, {**options, "evaluation": None})
    tell(made, _said(made), json_=json_)


@document.command(name="list", epilog="Example: headstart review document list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List the documents that you may read."""
    found = hub.get(of(hub, review, "/documents"))
    lines = [
        f"{each['id']}  {each['kind']}  {each['title']}  [{mark(each)}]  {each['owner']}" for each in found
    ]
    tell(found, lines or ["there is nothing that you may read"], json_=json_)


@document.command(epilog="Example: headstart review document read 'Model 7' 'Our own battery'")
@review
@click.argument("name", metavar="DOCUMENT")
@on_hub
@as_json
def read(*, review: str, name: str, hub: Hub, json_: bool) -> None:
    """Read one, by its id or title; where it is AMBER or stricter, that you did is written down."""
    found = one_of(hub.get(of(hub, review, "/documents")), "document", name, "title")
    held = hub.get(f"/documents/{part(found['id'])}")
    tell(held, [f"{held['title']}  [{mark(held)}]", held["text"]], json_=json_)


@document.command(
    name="mark", epilog="Example: headstart review document mark 'Model 7' 'Our own battery' TLP:RED"
)
@review
@click.argument("name", metavar="DOCUMENT")
@click.argument("tlp", type=click.Choice(LABELS))
@click.option("--trade-secret", is_flag=True)
@click.option("--named", multiple=True, metavar="WHO", help="May be given more than once.")
@on_hub
@as_json
def mark_document(
    *, review: str, name: str, tlp: str, trade_secret: bool, named: tuple[str, ...], hub: Hub, json_: bool
) -> None:
    """Mark a document of yours anew; TLP:RED that names nobody takes it back from everyone but your own people."""
    found = one_of(hub.get(of(hub, review, "/documents")), "document", name, "title")
    said = {"tlp": tlp, "trade_secret": trade_secret, "named": list(named)}
    made = hub.put(f"/documents/{part(found['id'])}/marking", said)
    tell(made, [f"{found['title']} is marked {mark(made)}"], json_=json_)


@click.group(epilog="Example: headstart review field show 'Model 7' planned_release_on")
def field() -> None:
    """Read one field of a review, or say how yours is marked."""


@field.command(epilog="Example: headstart review field show 'Model 7' planned_release_on")
@review
@click.argument("name", metavar="FIELD", type=click.Choice(FIELDS))
@on_hub
@as_json
def show(*, review: str, name: str, hub: Hub, json_: bool) -> None:
    """Read a field; where it is AMBER or stricter, that you did is written down."""
    held = hub.get(of(hub, review, f"/fields/{name}"))
    tell(held, [f"{held['name']}  [{mark(held)}]  {held['value']}"], json_=json_)


@field.command(
    name="mark", epilog="Example: headstart review field mark 'Model 7' description TLP:RED --named auth-ada"
)
@review
@click.argument("name", metavar="FIELD", type=click.Choice(FIELDS))
@click.argument("tlp", type=click.Choice(LABELS))
@click.option("--trade-secret", is_flag=True)
@click.option("--named", multiple=True, metavar="WHO", help="May be given more than once.")
@on_hub
@as_json
def mark_(
    *, review: str, name: str, tlp: str, trade_secret: bool, named: tuple[str, ...], hub: Hub, json_: bool
) -> None:
    """Say how a field of your review is marked."""
    said = {"tlp": tlp, "trade_secret": trade_secret, "named": list(named)}
    made = hub.put(of(hub, review, f"/fields/{name}/marking"), said)
    tell(made, [f"{name} is marked {mark(made)}"], json_=json_)


@click.command(epilog="Example: headstart review declare 'Model 7' --none")
@review
@click.option("--none", is_flag=True, help="You have no interest in the developer or its competitors.")
@click.option("--interests", help="Or which.")
@on_hub
@as_json
def declare(*, review: str, none: bool, interests: str | None, hub: Hub, json_: bool) -> None:
    """Say which interests you have in the developer or its competitors. For a person: with a person's own token."""
    if none == bool(interests):
        raise click.UsageError("say --none, or --interests with what they are")
    made = hub.post(of(hub, review, "/declarations"), {"interests": interests or ""})
    tell(made, [f"written down: {made['interests'] or 'no interests'}"], json_=json_)
