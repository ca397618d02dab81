"""`headstart admit`: let an organisation take part, and hand it its first keys."""

from pathlib import Path

import click

from headstart.cli.files import FileUnfit, keep_secret
from headstart.cli.output import as_json, dump, people
from headstart.cli.seat import password, password_from, readable, text
from headstart.cli.token import place

KINDS = ["hub", "developer", "evaluator", "authority", "partner", "finder", "maintainer", "operator"]


@click.command(epilog='Example: headstart admit "General Hospital" operator --member jo')
@click.argument("name")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--contact", default="", help="Where mail goes.")
@click.option("--public-key", type=readable, help="What it signs with: an Ed25519 public key, PEM.")
@click.option("--member", help="Also seat a person of this name; asks for a password.")
@password_from
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Write the person's token (without --member, the organisation's) to this new file, not to the screen.",
)
@place
@as_json
def command(
    *, name: str, kind: str, contact: str, member: str | None, data: Path | None, json_: bool,
    **files: Path | None,
) -> None:  # fmt: skip
    """Admit an organisation to this instance and print its API token, once. The first one is the hub itself.

    With --member also a token of that person's own: what asks for a person (an agreement to a copy, say) takes it.
    """
    if files["password_from"] and not member:
        raise click.UsageError("--password-from is a person's: name them with --member")
    kept = files["token_file"]
    if kept and kept.exists():
        raise FileUnfit(kept, "is there already; name another")
    from headstart.site.start import open_instance

    open_instance(data=data)
    from headstart.people import queries, services
    from headstart.people.rules import Kind

    welcome = services.welcome(
        name,
        Kind(kind),
        actor=None if kind == Kind.HUB else queries.hub(),
        contact=contact,
        public_key=text(files["public_key"]) if files["public_key"] else "",
        seat_for=(member, password(member, files["password_from"])) if member else None,
    )
    told = {"token": welcome.token, "member_token": welcome.member_token if welcome.member else ""}
    if kept:
        keep_secret(kept, told.pop("member_token" if welcome.member else "token"))
    if json_:
        about = {"organisation": welcome.organisation.id, "kind": kind}
        person = {"member": welcome.member.id} if welcome.member else {}
        dump(about | person | {name: value for name, value in told.items() if value})
        return
    people.print(f"{name} takes part as {kind}: {welcome.organisation.id}", markup=False)
    if "token" in told:
        people.print(f"its API token, shown this once: {told['token']}")
    if welcome.member:
        people.print(f"{member} has a seat there: {welcome.member.id}", markup=False)
    if told.get("member_token"):
        people.print(f"their own API token, shown this once: {told['member_token']}")
