"""`headstart review list, show, enquire, open, take-back, shorten, withdraw, release, remaining, calendar`."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from headstart import clock
from headstart.cli.files import write_new
from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import of, review, tell, text_of


@click.command(name="list", epilog="Example: headstart review list")
@on_hub
@as_json
def list_(*, hub: Hub, json_: bool) -> None:
    """List the reviews that you may see, the newest first."""
    found = hub.every("/reviews")
    tell(found, [_line(each) for each in found] or ["there is no review that you may see"], json_=json_)


def _line(row: Any) -> str:
    return f"{row['id']}  {row['stage']:<9} {row['model_name']} ({row['developer']}, {row['programme']})"


@click.command(epilog="Example: headstart review show 'Model 7'")
@review
@on_hub
@as_json
def show(*, review: str, hub: Hub, json_: bool) -> None:
    """Show one review: its window, its fields with their marks, who may reach the model, answers, partners."""
    at = of(hub, review)
    seen = hub.get(at)
    parts = ("fields", "determinations", "accesses", "partners", "remaining")
    seen.update({each: hub.get(f"{at}/{each}") for each in parts})
    tell(seen, [*_window(seen), *_below(seen)], json_=json_)


def _window(seen: Any) -> list[str]:
    lines = [_line(seen), f"you are here as: {seen['role']}"]
    if seen["closes_at"]:
        lines.append(f"window  {seen['opens_at'][:16]} to {seen['closes_at'][:16]} UTC, {left(seen)}")
    if seen["released_at"]:
        lines.append(f"released by its developer  {seen['released_at'][:16]} UTC")
    return lines


def left(seen: Any) -> str:
    """How much of a window is left, in words."""
    if seen["stage"] == "closed":
        return f"ended ({seen['ended_by'] or 'over'})"
    seconds = (datetime.fromisoformat(seen["closes_at"]) - clock.now()).total_seconds()
    if seconds <= 0:
        return "over"
    days, hours = divmod(int(seconds) // 3600, 24)
    return f"{days} days and {hours} hours left" if days else f"{hours} hours left"


def _below(seen: Any) -> list[str]:
    lines = [_field(each) for each in seen["fields"]]
    for each in seen["determinations"]:
        lines.append(
            f"answer {each['number']}  {each['answer']}, signed by {each['authority']} on {each['at'][:10]}"
        )
        lines += [f"    {one['name']}: {one['met']}  {one['why']}" for one in each["criteria"]]
    lines += [
        f"access  {each['organisation']}" + (" (taken back)" if each["ended_at"] else "")
        for each in seen["accesses"]
    ]
    lines += [
        f"partner  {each['organisation']}, {each['tier']}: {each['state']}" for each in seen["partners"]
    ]
    return lines + [_remains(each) for each in seen["remaining"]]


def _field(row: Any) -> str:
    mark = row["tlp"] + (", trade secret" if row["trade_secret"] else "")
    if row["value"] is not None:
        said = row["value"] or "nothing said"
    else:
        said = "read it with `review field show`" if row["readable"] else "not yours to read"
    return f"{row['name']}  [{mark}]  {said}"


def _remains(row: Any) -> str:
    count = f", {row['done']} of {row['of']}" if row["of"] else ""
    fits = {"yes": "fits", "no": "does not fit", "unknown": "not known whether it fits"}[row["fits"]]
    return f"remains  {row['what']} ({row['who']}{count}): {fits}"


@click.command(
    epilog="Example: headstart review enquire 'Model 7' --programme eo14409 --release-on 2027-02-01"
)
@click.argument("model")
@click.option("--programme", required=True, help="Under whose rules: see `headstart programme list`.")
@click.option("--about", type=click.Path(path_type=Path), help="A text file: what you say of the model.")
@click.option(
    "--release-on", metavar="DATE", help="When you plan to release it, as 2027-02-01; it binds nobody."
)
@on_hub
@as_json
def enquire(
    *, model: str, programme: str, about: Path | None, release_on: str | None, hub: Hub, json_: bool
) -> None:
    """Ask whether a model in development is covered. For its developer, who may leave at any time."""
    asked = {"model_name": model, "programme": programme, "planned_release_on": release_on}
    made = hub.post("/reviews", {**asked, "description": text_of(about) if about else ""})
    tell(made, [f"asked: {made['id']}, under {made['programme']}"], json_=json_)


@click.command(name="open", epilog="Example: headstart review open 'Model 7' --to 'Test Institute' --days 21")
@review
@click.option("--to", "who", required=True, metavar="WHO", help="Who gets access: an organisation.")
@click.option("--days", type=click.IntRange(1, 366), help="[default: as long as the programme allows]")
@click.option("--closes", metavar="TIME", help="Or when it closes, as 2027-01-31T18:00+01:00.")
@on_hub
@as_json
def open_(*, review: str, who: str, days: int | None, closes: str | None, hub: Hub, json_: bool) -> None:
    """Give an organisation access to your model; the first one opens the window."""
    asked = {"organisation": who, "days": days, "closes": closes}
    made = hub.post(of(hub, review, "/accesses"), asked)
    lines = [f"{who} may reach the model until {made['closes_at'][:16]} UTC; you may end it at any moment"]
    tell(made, lines, json_=json_)


@click.command(
    name="take-back", epilog="Example: headstart review take-back 'Model 7' --from 'Test Institute'"
)
@review
@click.option("--from", "who", required=True, metavar="WHO", help="Whose access ends, at once.")
@on_hub
@as_json
def take_back(*, review: str, who: str, hub: Hub, json_: bool) -> None:
    """Take an organisation's access back; open streams of its people end within a second."""
    made = hub.delete(of(hub, review, f"/accesses/{part(who)}"))
    tell(made, [f"{who} reaches the model no more"], json_=json_)


@click.command(epilog="Example: headstart review shorten 'Model 7' --closes 2027-01-20T18:00Z")
@review
@click.option("--closes", required=True, metavar="TIME", help="With its zone: 2027-01-20T18:00+01:00.")
@on_hub
@as_json
def shorten(*, review: str, closes: str, hub: Hub, json_: bool) -> None:
    """Let your window close sooner than planned."""
    made = hub.post(of(hub, review, "/shorten"), {"closes": closes})
    tell(made, [f"the window closes on {made['closes_at'][:16]} UTC"], json_=json_)


@click.command(epilog="Example: headstart review withdraw 'Model 7'")
@review
@on_hub
@as_json
def withdraw(*, review: str, hub: Hub, json_: bool) -> None:
    """Leave the review with your model, for no reason that you have to give; access ends at once."""
    made = hub.post(of(hub, review, "/withdraw"))
    tell(made, ["withdrawn; nobody reaches the model any more"], json_=json_)


@click.command(epilog="Example: headstart review release 'Model 7'")
@review
@on_hub
@as_json
def release(*, review: str, hub: Hub, json_: bool) -> None:
    """Say that you have released your model: on any day, in any stage, whatever anybody answered."""
    made = hub.post(of(hub, review, "/release"))
    tell(made, [f"released, on {made['released_at'][:16]} UTC; the review has ended"], json_=json_)


@click.command(epilog="Example: headstart review remaining 'Model 7'")
@review
@on_hub
@as_json
def remaining(*, review: str, hub: Hub, json_: bool) -> int:
    """What was begun and has not ended, by whom, and whether it fits in the window by its own pace.

    Ends with 1 where something does not fit.
    """
    found = hub.get(of(hub, review, "/remaining"))
    tell(found, [_remains(each) for each in found] or ["nothing remains"], json_=json_)
    return 1 if any(each["fits"] == "no" for each in found) else 0


@click.command(epilog="Example: headstart review calendar 'Model 7' --out window.ics")
@review
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file.")
@on_hub
@as_json
def calendar(*, review: str, out: Path, hub: Hub, json_: bool) -> None:
    """Write the window's days as a calendar file (RFC 5545)."""
    held = hub.file(of(hub, review, "/calendar"))
    write_new(out, held)
    tell({"file": str(out), "bytes": len(held)}, [f"written: {out}"], json_=json_)
