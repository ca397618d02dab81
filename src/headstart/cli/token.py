"""`headstart token`: the keys to the API: which there are, one more, one less."""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people

place = click.option(
    "--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA)."
)


@click.group(epilog='Example: headstart token give "General Hospital" --member jo --json')
def command() -> None:
    """Keys to the API: list, give, revoke; as the hub, on the hub's machine. Each takes --json."""


def open_data(data: Path | None) -> None:
    """Open this machine's instance."""
    from headstart.site.start import open_instance

    open_instance(data=data)


@command.command("list", epilog="Example: headstart token list")
@place
@as_json
def list_(*, data: Path | None, json_: bool) -> None:
    """Which tokens there are, whose, and which were taken back; never the tokens themselves."""
    open_data(data)
    from headstart.people import queries

    rows = [
        {
            "id": each.id,
            "organisation": each.organisation.name,
            "member": each.member.user.get_username() if each.member else None,
            "label": each.label,
            "made_at": each.made_at.isoformat(),
            "revoked_at": each.revoked_at.isoformat() if each.revoked_at else None,
        }
        for each in queries.tokens(queries.hub())
    ]
    if json_:
        dump(rows)
        return
    for row in rows:
        whose = (
            f"{row['member']} of {row['organisation']}"
            if row["member"]
            else f"{row['organisation']}, a machine"
        )
        ended = f", taken back {row['revoked_at']}" if row["revoked_at"] else ""
        people.print(f"{row['id']}  {whose}: {row['label']}, {row['made_at']}{ended}", markup=False)


@command.command(epilog='Example: headstart token give "General Hospital" --member jo --label laptop')
@click.argument("organisation")
@click.option("--member", help="A person's own token: their name, or their seat's id.")
@click.option("--label", default="another", help="To tell tokens apart.")
@place
@as_json
def give(*, organisation: str, member: str | None, label: str, data: Path | None, json_: bool) -> None:
    """One more token for an organisation's machine, or for a person of it; it is shown this once."""
    open_data(data)
    from headstart.people import queries, services

    hub = queries.hub()
    whose = queries.named(hub, organisation)
    person = queries.person_named(hub, member) if member else None
    token = services.give_token(whose, label, actor=hub, member=person)
    if json_:
        dump({"organisation": whose.id, "member": person.id if person else None, "token": token})
        return
    people.print(f"shown this once: {token}")


@command.command(epilog="Example: headstart token revoke 3f9a0c21d4e5")
@click.argument("token_id")
@place
@as_json
def revoke(*, token_id: str, data: Path | None, json_: bool) -> None:
    """Take a token back, by the id that `headstart token list` shows; it opens nothing from now on."""
    open_data(data)
    from headstart.people import queries, services

    taken = services.revoke_token(token_id, actor=queries.hub())
    if json_:
        dump({"id": taken.id, "revoked_at": taken.revoked_at.isoformat() if taken.revoked_at else None})
        return
    people.print(f"{taken.id} opens nothing any more")
