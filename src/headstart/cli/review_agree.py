"""`headstart review agree`: what the developer and another party agree on, in versions that both sign."""

import re
import tomllib
from pathlib import Path
from typing import Any

import click

from headstart.cli.files import FileUnfit
from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json, dump
from headstart.cli.review_common import (
    NoSuchThing,
    envelope_for,
    of,
    review,
    review_id,
    signing,
    tell,
    text_of,
)


@click.group(epilog="Example: headstart review agree propose 'Model 7' terms.toml --with 'Test Institute'")
def agree() -> None:
    """Agree on terms with another party: access level, safeguards, confidentiality, data, what may be published.

    A version is in force once both sides have signed it with their own keys; a change needs both again.
    """


@agree.command(epilog="Example: headstart review agree propose 'Model 7' terms.toml --with 'Test Institute'")
@review
@click.argument("terms", type=click.Path(path_type=Path))
@click.option("--with", "counterpart", required=True, metavar="WHO", help="The other side; or yourself.")
@on_hub
@as_json
def propose(*, review: str, terms: Path, counterpart: str, hub: Hub, json_: bool) -> None:
    """Propose a version of the terms (TOML); nothing is in force by it."""
    try:
        said = tomllib.loads(text_of(terms))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileUnfit(terms, f"is not TOML: {error}") from None
    made = hub.post(of(hub, review, "/agreements"), {"counterpart": counterpart, "terms": said})
    tell(made, [f"proposed: version {made['version']}, {made['id']}; both sides sign it now"], json_=json_)


@agree.command(name="list", epilog="Example: headstart review agree list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List the versions that you are a side of."""
    found = hub.get(of(hub, review, "/agreements"))
    tell(found, [_line(each) for each in found] or ["nothing was proposed"], json_=json_)


def _line(row: Any) -> str:
    signed = ", ".join(each["signer"] for each in row["signatures"]) or "nobody yet"
    return (
        f"{row['id']}  version {row['version']} with {row['counterpart']}: {row['state']}; signed by {signed}"
    )


@agree.command(epilog="Example: headstart review agree show agr_4k2m0q7x")
@click.argument("agreement")
@on_hub
@as_json
def show(*, agreement: str, hub: Hub, json_: bool) -> None:
    """Show one version's terms, a line each."""
    found = hub.get(f"/agreements/{part(agreement)}")
    lines = [_line(found), *(f"  {name}: {_said(value)}" for name, value in found["terms"].items())]
    tell(found, lines, json_=json_)


def _said(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


@agree.command(epilog="Example: headstart review agree sign 'Model 7' --with 'Test Institute' --key lab.pem")
@click.argument("review")
@click.option(
    "--with", "counterpart", metavar="WHO", help="Whose terms, where REVIEW is a review. [default: yours]"
)
@signing
@on_hub
@as_json
def sign(*, review: str, counterpart: str | None, hub: Hub, json_: bool, **options: Any) -> None:
    """Sign the newest version for your side. REVIEW may be an agreement's id too: terms are seen before a review is."""
    found = _found(hub, review, counterpart)
    words = hub.get(f"/agreements/{part(found['id'])}/words")
    said = {"agreement": found["id"], "version": found["version"], "terms": found["terms"]}
    envelope = envelope_for(words, said, options, quiet=json_)
    if envelope is None:
        if json_:
            dump({"words": str(options["words"])})
        return
    made = hub.post(f"/agreements/{part(found['id'])}/signatures", {"envelope": envelope})
    state = "in force" if made["in_force_at"] else "signed; the other side's signature is missing"
    tell(made, [f"version {made['version']} with {made['counterpart']}: {state}"], json_=json_)


def _found(hub: Hub, name: str, counterpart: str | None) -> Any:
    """The agreement that is meant: by its own id, or the newest with a counterpart."""
    if re.fullmatch(r"agr_[0-9a-z]{4,28}", name):
        return hub.get(f"/agreements/{name}")
    rows = hub.get(of(hub, review_id(hub, name), "/agreements"))
    own = hub.get("/me")["organisation_id"]
    wanted = {counterpart} if counterpart else {own}
    found = [each for each in rows if wanted & {each["counterpart"], each["counterpart_id"]}]
    if not found and not counterpart and len({each["counterpart_id"] for each in rows}) == 1:
        found = rows  # a developer with one counterpart
    if not found:
        raise NoSuchThing("agreement with", counterpart or "you")
    return max(found, key=lambda each: int(each["version"]))
