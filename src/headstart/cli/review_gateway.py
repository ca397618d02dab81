"""`headstart review upstream, key, usage`: the way to the model, from the developer's desk and each person's."""

from pathlib import Path
from typing import Any

import click

from headstart.cli.files import FileUnfit, keep_secret
from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json
from headstart.cli.review_common import of, one_of, review, review_id, tell, text_of

DIALECTS = ["openai", "anthropic"]
SCOPES = ["chat", "messages", "models", "tools"]


@click.group(epilog="Example: headstart review upstream list 'Model 7'")
def upstream() -> None:
    """Say where your model answers. Its key is kept sealed, and leaves the hub in requests to it alone."""


@upstream.command(
    epilog="Example: headstart review upstream add 'Model 7' main --base-url https://models.lab.example/v1 "
    "--secret-file upstream.key --model model-7 --safeguards off"
)
@review
@click.argument("name")
@click.option("--dialect", type=click.Choice(DIALECTS), default="openai", show_default=True)
@click.option("--base-url", required=True, help="With HTTPS and a public name, or as the hub allows.")
@click.option("--secret-file", required=True, type=click.Path(path_type=Path),
              help="A file with the endpoint's key; never an option, as others see options.")  # fmt: skip
@click.option("--model", "models", multiple=True, required=True, help="A name that may be asked for there.")
@click.option("--safeguards", type=click.Choice(["on", "off"]), default="on", show_default=True)
@click.option("--price-in", default="0", help="USD per million tokens.")
@click.option("--price-out", default="0", help="USD per million tokens.")
@on_hub
@as_json
def add(*, review: str, name: str, secret_file: Path, hub: Hub, json_: bool, **options: Any) -> None:
    """Add an endpoint of your model."""
    secret = text_of(secret_file).strip()
    if not secret or "\n" in secret:
        raise FileUnfit(secret_file, "is to hold the endpoint's key, one line")
    asked = {**options, "models": list(options["models"]), "name": name, "secret": secret}
    made = hub.post(of(hub, review, "/upstreams"), asked)
    lines = [f"added: {made['id']}, {made['name']}, safeguards {made['safeguards']}; its key is sealed"]
    tell(made, lines, json_=json_)


@upstream.command(name="list", epilog="Example: headstart review upstream list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List the endpoints that you may know of."""
    found = hub.get(of(hub, review, "/upstreams"))
    tell(found, [_upstream(each) for each in found] or ["there is none that you may know of"], json_=json_)


def _upstream(row: Any) -> str:
    removed = "; removed" if row["removed_at"] else ""
    models = ", ".join(row["models"])
    return f"{row['id']}  {row['name']}  {row['dialect']}: {models}; safeguards {row['safeguards']}{removed}"


@upstream.command(epilog="Example: headstart review upstream remove 'Model 7' main")
@review
@click.argument("name")
@on_hub
@as_json
def remove(*, review: str, name: str, hub: Hub, json_: bool) -> None:
    """Take an endpoint away: every key to it is over at once, and its own key is deleted."""
    found = _live(hub, review_id(hub, review), name)
    made = hub.post(f"/upstreams/{part(found['id'])}/remove")
    tell(made, [f"removed: {made['name']}"], json_=json_)


def _live(hub: Hub, review: str, name: str | None) -> Any:
    """The endpoint of that name, or the only one."""
    rows = [each for each in hub.get(of(hub, review, "/upstreams")) if not each["removed_at"]]
    if name is None and len(rows) == 1:
        return rows[0]
    return one_of(rows, "upstream", name or "(name it with --upstream)", "name")


@click.group(epilog="Example: headstart review key list 'Model 7'")
def key() -> None:
    """Keys to the gateway: one for each person, with what it may use and how much."""


@key.command(
    epilog="Example: headstart review key give 'Model 7' --person eva --scope chat --most-tokens 2000000"
)
@review
@click.option("--person", required=True, metavar="WHO", help="A person's name here, or the id of their seat.")
@click.option("--upstream", "upstream_name", metavar="NAME", help="[default: the only one]")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES),
              help="May be given more than once. [default: all]")  # fmt: skip
@click.option("--most-tokens", type=click.IntRange(1), help="In and out together. [default: no limit]")
@click.option("--most-cost", metavar="USD", help="[default: no limit]")
@click.option("--requests-a-minute", type=click.IntRange(1), default=60, show_default=True)
@click.option("--most-streams", type=click.IntRange(1), default=8, show_default=True,
              help="Requests at the same time.")  # fmt: skip
@click.option("--expires", metavar="TIME", help="With its zone. [default: with the window]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the key to this new file, not to the screen."
)
@on_hub
@as_json
def give(
    *,
    review: str,
    person: str,
    upstream_name: str | None,
    hub: Hub,
    out: Path | None,
    json_: bool,
    **asked: Any,
) -> None:
    """Give a person a key, by the developer: to a person who reaches the model by signed terms, and has declared."""
    at = _live(hub, review_id(hub, review), upstream_name)
    body = {
        "upstream_id": at["id"],
        "member": person,
        "expires_at": asked.pop("expires"),
        "scopes": list(asked.pop("scopes")) or SCOPES,
        **asked,
    }
    if out is not None and out.exists():
        raise FileUnfit(out, "is there already; name another")
    made = hub.post("/keys", body)
    if out is not None:
        keep_secret(out, made.pop("key"))
        tell({**made, "file": str(out)}, [f"given: {made['id']}; written to {out}"], json_=json_)
        return
    tell(made, [f"given: {made['id']}", f"its key, shown this once: {made['key']}"], json_=json_)


@key.command(name="list", epilog="Example: headstart review key list 'Model 7'")
@review
@on_hub
@as_json
def keys(*, review: str, hub: Hub, json_: bool) -> None:
    """List keys, by their last characters: the developer all, others their own organisation's."""
    found = hub.get(of(hub, review, "/keys"))
    tell(found, [_key(each) for each in found] or ["there is none that you may know of"], json_=json_)


def _key(row: Any) -> str:
    state = "revoked" if row["revoked_at"] else f"expires {row['expires_at'] or 'with the window'}"
    most = "no limit" if row["most_tokens"] is None else f"{row['most_tokens']:,}"
    spent = f"{row['tokens_spent']:,} of {most} tokens"
    return f"{row['id']}  …{row['hint']}  {row['person']} ({row['organisation']}), {spent}; {state}"


@key.command(epilog="Example: headstart review key revoke 'Model 7' --person eva")
@review
@click.option("--person", metavar="WHO", help="All keys of this person.")
@click.option("--key", "key_id", metavar="ID", help="Or one key: its id, or its last characters.")
@on_hub
@as_json
def revoke(*, review: str, person: str | None, key_id: str | None, hub: Hub, json_: bool) -> None:
    """Take keys back; in force within a second, on open streams too."""
    if (person is None) == (key_id is None):
        raise click.UsageError("name --person, or one --key")
    rows = [each for each in hub.get(of(hub, review, "/keys")) if not each["revoked_at"]]
    if key_id is not None:
        chosen = [one_of(rows, "key", key_id.removeprefix("…"), "hint")]
    else:
        chosen = [each for each in rows if person in (each["person"], each["member_id"])]
    made = [hub.post(f"/keys/{part(each['id'])}/revoke") for each in chosen]
    tell(made, [f"revoked: …{each['hint']} of {each['person']}" for each in made] or ["no key of theirs was left"],
         json_=json_)  # fmt: skip


@click.command(epilog="Example: headstart review usage 'Model 7'")
@review
@on_hub
@as_json
def usage(*, review: str, hub: Hub, json_: bool) -> None:
    """What each person used of the model: the developer and the hub see all, others their own organisation's."""
    found = hub.get(of(hub, review, "/usage"))
    tell(found, [_usage(each) for each in found] or ["nobody used it yet"], json_=json_)


def _usage(row: Any) -> str:
    left = "no limit" if row["tokens_left"] is None else f"{row['tokens_left']:,} tokens left"
    endings = ", ".join(f"{count} {name}" for name, count in row["endings"].items()) or "none yet"
    return (
        f"{row['person']} ({row['organisation']}): {row['requests']:,} requests, {row['tokens_in']:,} tokens in, "
        f"{row['tokens_out']:,} out, {row['cost']} USD; {left}; ended: {endings}"
    )
