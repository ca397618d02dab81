"""`headstart seat`: the people of the organisations: who they are, one more, one who leaves."""

from pathlib import Path

import click

from headstart.cli.files import FileUnfit, keep_secret
from headstart.cli.output import as_json, dump, people
from headstart.cli.token import open_data, place

LARGEST_BYTES = 4096
readable = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
password_from = click.option(
    "--password-from",
    type=readable,
    help="Read the person's password from a file's first line; - is standard input.",
)


def text(path: Path) -> str:
    """The first 4 KiB of a file, or of standard input."""
    with click.open_file(str(path), "rb") as file:
        return bytes(file.read(LARGEST_BYTES)).decode("utf-8", "replace")


def password(member: str, path: Path | None) -> str:
    """A person's password: a file's first line, or asked for twice at the terminal."""
    if path is not None:
        return (text(path).splitlines() or [""])[0]
    return str(click.prompt(f"Password for {member}", hide_input=True, confirmation_prompt=True, err=True))


@click.group(epilog='Example: headstart seat give "General Hospital" sam')
def command() -> None:
    """People's seats in organisations: list, give, end; as the hub, on the hub's machine. Each takes --json."""


@command.command("list", epilog="Example: headstart seat list")
@place
@as_json
def list_(*, data: Path | None, json_: bool) -> None:
    """Who has a seat where, who gave it, and who has left."""
    open_data(data)
    from headstart.people import queries

    rows = [
        {
            "id": each.id,
            "name": each.user.get_username(),
            "organisation": each.organisation.name,
            "seated_by": each.seated_by or None,
            "left_at": each.left_at.isoformat() if each.left_at else None,
        }
        for each in queries.every_seat(queries.hub())
    ]
    if json_:
        dump(rows)
        return
    for row in rows:
        left = f", left {row['left_at']}" if row["left_at"] else ""
        people.print(f"{row['id']}  {row['name']} of {row['organisation']}{left}", markup=False)


@command.command(epilog='Example: headstart seat give "General Hospital" sam --password-from sam.txt')
@click.argument("organisation")
@click.argument("person")
@password_from
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Write the person's API token to this new file, not to the screen.",
)
@place
@as_json
def give(
    *, organisation: str, person: str, password_from: Path | None, token_file: Path | None, data: Path | None,
    json_: bool,
) -> None:  # fmt: skip
    """Seat one more person in an organisation, with an API token of their own; asks for a password.

    What takes two people (a copy that leaves the hub, say) takes two seats, neither given by the other.
    """
    if token_file and token_file.exists():
        raise FileUnfit(token_file, "is there already; name another")
    open_data(data)
    from headstart.people import queries, services

    hub = queries.hub()
    whose = queries.named(hub, organisation)
    member, token = services.seat_with_token(
        whose, person, actor=hub, password=password(person, password_from)
    )
    if token_file:
        keep_secret(token_file, token)
    if json_:
        about = {"member": member.id, "organisation": whose.id}
        dump(about if token_file else about | {"token": token})
        return
    people.print(f"{person} has a seat in {whose.name}: {member.id}", markup=False)
    if not token_file:
        people.print(f"their own API token, shown this once: {token}")


@command.command(epilog="Example: headstart seat end sam")
@click.argument("person")
@place
@as_json
def end(*, person: str, data: Path | None, json_: bool) -> None:
    """End a person's seat: they sign in no more, and their tokens open nothing. What they did stays theirs."""
    open_data(data)
    from headstart.people import queries, services

    hub = queries.hub()
    left = services.leave(queries.person_named(hub, person).id, actor=hub)
    if json_:
        dump({"member": left.id, "left_at": left.left_at.isoformat() if left.left_at else None})
        return
    people.print(f"{person} has left; their seat and their tokens are over", markup=False)
