"""`headstart review partner`: trusted partners, by two signatures."""

from typing import Any

import click

from headstart.cli.hub import Hub, on_hub, part
from headstart.cli.output import as_json, dump
from headstart.cli.review_common import envelope_for, of, one_of, review, review_id, signing, tell

TIERS = ["critical-infrastructure", "defender", "other"]
SCOPES = ["chat", "messages", "models", "tools"]


@click.group(epilog="Example: headstart review partner list 'Model 7'")
def partner() -> None:
    """Choose trusted partners: in force with the signatures of both sides, revoked by either, at once."""


@partner.command(name="list", epilog="Example: headstart review partner list 'Model 7'")
@review
@on_hub
@as_json
def list_(*, review: str, hub: Hub, json_: bool) -> None:
    """List partners, proposed or in force; defenders of critical infrastructure first."""
    found = hub.get(of(hub, review, "/partners"))
    tell(found, [_line(each) for each in found] or ["no partner was proposed"], json_=json_)


def _line(row: Any) -> str:
    signed = ", ".join(each["signer"] for each in row["signatures"]) or "nobody"
    return f"{row['organisation']}  {row['tier']}: {row['state']}; signed by {signed}; {row['reason']}"


@partner.command(
    epilog="Example: headstart review partner propose 'Model 7' 'Water ISAC' --tier critical-infrastructure "
    "--reason 'Defends 200 utilities.' --scope chat --key lab.pem"
)
@review
@click.argument("organisation")
@click.option("--reason", required=True, help="Why this one; both sides sign it.")
@click.option("--tier", type=click.Choice(TIERS), default="other", show_default=True)
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES),
              help="What of the gateway; may be given more than once. [default: chat and models]")  # fmt: skip
@click.option("--expires", metavar="TIME", help="With its zone; before the window's end, if at all.")
@signing
@on_hub
@as_json
def propose(*, review: str, organisation: str, hub: Hub, json_: bool, **options: Any) -> None:
    """Propose a partner, and sign for it."""
    review = review_id(hub, review)
    proposal = {
        "organisation": organisation,
        "reason": options["reason"],
        "tier": options["tier"],
        "scopes": sorted(options["scopes"] or ("chat", "models")),
        "expires_at": options["expires"],
    }
    _sign(hub, review, proposal, options, json_=json_)


@partner.command(epilog="Example: headstart review partner sign 'Model 7' 'Water ISAC' --key authority.pem")
@review
@click.argument("organisation")
@signing
@on_hub
@as_json
def sign(*, review: str, organisation: str, hub: Hub, json_: bool, **options: Any) -> None:
    """Sign for a partner that the other side has proposed, with the same words."""
    review = review_id(hub, review)
    found = _live(hub, review, organisation)
    proposal = {key: found[key] for key in ("reason", "tier", "scopes", "expires_at")}
    _sign(hub, review, {"organisation": found["organisation_id"], **proposal}, options, json_=json_)


def _live(hub: Hub, review: str, organisation: str) -> Any:
    """The partner of that name that was not revoked."""
    rows = [
        each for each in hub.get(of(hub, review, "/partners")) if each["state"] in ("proposed", "in force")
    ]
    return one_of(rows, "partner", organisation, "organisation", "organisation_id")


def _sign(hub: Hub, review: str, proposal: dict[str, Any], options: dict[str, Any], *, json_: bool) -> None:
    at = of(hub, review, "/partners")
    words = hub.post(f"{at}/words", proposal)
    said = {key: proposal[key] for key in ("reason", "tier", "scopes")}
    envelope = envelope_for(words, {**said, "review": review}, options, quiet=json_)
    if envelope is None:
        if json_:
            dump({"words": str(options["words"])})
        return
    made = hub.post(at, {**proposal, "envelope": envelope})
    state = "in force" if made["in_force_at"] else "signed; the other side's signature is missing"
    tell(made, [f"{made['organisation']}: {state}"], json_=json_)


@partner.command(
    epilog="Example: headstart review partner revoke 'Model 7' 'Water ISAC' --reason 'Key lost.'"
)
@review
@click.argument("organisation")
@click.option("--reason", required=True, help="In the record.")
@on_hub
@as_json
def revoke(*, review: str, organisation: str, reason: str, hub: Hub, json_: bool) -> None:
    """Revoke a partner, or drop what was proposed; its open streams end within a second."""
    found = _live(hub, review_id(hub, review), organisation)
    made = hub.post(f"/partners/{part(str(found['id']))}/revoke", {"reason": reason})
    tell(made, [f"{made['organisation']} reaches the model no more"], json_=json_)
