"""`headstart review report, reply, record, summary`: what came of it, the developer first."""

import json
from pathlib import Path
from typing import Any

import click

from headstart.cli.files import write_new
from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import (
    marked,
    marking,
    of,
    one_of,
    review,
    review_id,
    tell,
    text_of,
)


@click.group(epilog="Example: headstart review report hand 'Model 7' report.md --title 'What it can do'")
def report() -> None:
    """An evaluator's report: its developer reads it first, with time to reply, and the reply stays with it."""


@report.command(epilog="Example: headstart review report hand 'Model 7' report.md --title 'What it can do'")
@review
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", required=True)
@click.option("--evaluation", default="", metavar="ID", help="The measurement that it is about.")
@marked
@on_hub
@as_json
def hand(*, review: str, file: Path, hub: Hub, json_: bool, **options: Any) -> None:
    """Hand in a report. For an evaluator with access, and the hub."""
    said = {"title": options["title"], "text": text_of(file), "evaluation_id": options["evaluation"]}
    made = hub.post(of(hub, review, "/reports"), {**said, "marking": marking(options)})
    lines = [f"handed in: {made['id']}; the developer may reply first, until {made['reply_until'][:16]} UTC"]
    tell(made, lines, json_=json_)


@report.command(name="list", epilog="Example: headstart review report list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List the reports that you may read."""
    found = hub.get(of(hub, review, "/reports"))
    tell(found, [_line(each) for each in found] or ["there is none that you may read"], json_=json_)


def _line(row: Any) -> str:
    replied = "replied" if row["replied_at"] else f"reply until {row['reply_until'][:16]} UTC"
    return f"{row['id']}  {row['title']}  [{row['marking']['tlp']}]  {row['author']}; {replied}"


@report.command(epilog="Example: headstart review report read 'Model 7' 'What it can do'")
@review
@click.argument("name", metavar="REPORT")
@on_hub
@as_json
def read(*, review: str, name: str, hub: Hub, json_: bool) -> None:
    """Read one, by its id or title, with its reply; where it is AMBER or stricter, that you did is written down."""
    found = _report(hub, review, name)
    held = hub.post(f"/reports/{part(found['id'])}/read")
    answer = f"reply of the developer: {held['reply']}" if held["replied_at"] else "no reply yet"
    tell(held, [f"{held['title']}  [{held['marking']['tlp']}]", held["text"], answer], json_=json_)


def _report(hub: Hub, review: str, name: str) -> Any:
    return one_of(hub.get(of(hub, review, "/reports")), "report", name, "title")


@click.command(epilog="Example: headstart review reply 'Model 7' 'What it can do' reply.md")
@review
@click.argument("name", metavar="REPORT")
@click.argument("file", type=click.Path(path_type=Path))
@on_hub
@as_json
def reply(*, review: str, name: str, file: Path, hub: Hub, json_: bool) -> None:
    """Reply to a report about your model; the reply is attached to it for ever."""
    found = _report(hub, review, name)
    made = hub.post(f"/reports/{part(found['id'])}/reply", {"text": text_of(file)})
    tell(made, [f"replied to {made['title']}; who may read the report reads both"], json_=json_)


@click.command(epilog="Example: headstart review record 'Model 7' --out record")
@review
@click.option("--out", type=click.Path(path_type=Path), help="A new folder for the envelopes and their keys.")
@on_hub
@as_json
def record(*, review: str, out: Path | None, hub: Hub, json_: bool) -> None:
    """The record of the authority's answers, each in an envelope that `headstart verify` checks without a server."""
    found = hub.get(of(hub, review, "/record"))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for each in found:
            name = f"determination-{int(each['number'])}"
            write_new(out / f"{name}.dsse.json", json.dumps(each["envelope"], indent=2).encode())
            write_new(out / f"{name}.pub.pem", str(each["public_key"]).encode())
    tell(found, [_answer(each) for each in found] or ["no answer was given"], json_=json_)


def _answer(row: Any) -> str:
    signed = f"{row['authority']}, {row['at'][:10]}, key {row['key_id']}"
    return f"answer {row['number']}: {row['answer']}; {signed}; {len(row['evidence'])} documents looked at"


@click.group(epilog="Example: headstart review summary publish 'Model 7'")
def summary() -> None:
    """What the public may know of a review: counts with their denominators, dates, and nothing protected."""


@summary.command(epilog="Example: headstart review summary publish 'Model 7'")
@review
@on_hub
@as_json
def publish(*, review: str, hub: Hub, json_: bool) -> None:
    """Publish the summary of a review that has ended. For the hub."""
    made = hub.post(of(hub, review_id(hub, review), "/summary"))
    tell(made, [f"published: {made['id']}, version {made['version']}"], json_=json_)


@summary.command(name="list", epilog="Example: headstart review summary list")
@on_hub
@as_json
def published(*, hub: Hub, json_: bool) -> None:
    """List what was published; needs no token."""
    found = hub.every("/summaries")
    lines = [
        f"{each['id']}  version {each['version']}, {each['published_at'][:10]}: {_told(each['content'])}"
        for each in found
    ]
    tell(found, lines or ["nothing was published yet"], json_=json_)


def _told(content: Any) -> str:
    model, programme = content.get("model") or "a model", content.get("programme", "")
    return f"{model}, {programme}, ended by {content.get('ended_by', '')}"


@summary.command(epilog="Example: headstart review summary show sum_4k2m0q7x --json")
@click.argument("name", metavar="SUMMARY")
@on_hub
@as_json
def show(*, name: str, hub: Hub, json_: bool) -> None:
    """Show one summary, whole; needs no token."""
    found = hub.get(f"/summaries/{part(name)}")
    content = found["content"]
    lines = [f"{key}: {_flat(value)}" for key, value in content.items()]
    tell(found, lines, json_=json_)


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


@summary.command(epilog="Example: headstart review summary together --json")
@on_hub
@as_json
def together(*, hub: Hub, json_: bool) -> None:
    """All reviews of this hub together: how many, how long, how they ended, what came of them; needs no token."""
    found = hub.get("/together")
    lines = [_group(each) for each in (found["together"], *found["programmes"])]
    lines += [_count(each) for each in found["came_of_it"]]
    tell(found, lines, json_=json_)


def _group(row: Any) -> str:
    window = row["window"]
    length = (
        f"median {window['median']:g} days" if window["median"] is not None else "no window has ended yet"
    )
    return (
        f"{row['programme'] or 'all programmes'}: {row['reviews']} reviews, {row['open']} open, {row['ended']} ended; "
        f"{length} ({window['n']} of {window['of']} known)"
    )


def _count(row: Any) -> str:
    whole = f" of {row['of']} {row['of_what']}" if row["of"] is not None else ""
    return f"{row['title']}: {row['n']}{whole}" + (f", {row['unknown']} unknown" if row["unknown"] else "")
