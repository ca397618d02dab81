"""`headstart admit`: let an organisation take part, and hand it its first key."""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people

KINDS = ["hub", "developer", "evaluator", "authority", "partner", "finder", "maintainer", "operator"]


@click.command(epilog='Example: headstart admit "General Hospital" operator --member jo')
@click.argument("name")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--contact", default="", help="Where mail goes.")
@click.option("--member", help="Also seat a person of this name; asks for a password.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA).")
@as_json
def command(
    *, name: str, kind: str, contact: str, member: str | None, data: Path | None, json_: bool
) -> None:
    """Admit an organisation to this instance and print its API token, once. The first one is the hub itself."""
    from headstart.site.start import open_instance

    open_instance(data=data)
    from headstart.people import queries, services
    from headstart.people.rules import Kind

    if kind == Kind.HUB:
        organisation = services.found_hub(name, contact=contact)
        hub = organisation.as_viewer()
    else:
        hub = queries.hub()
        organisation = services.admit(name, Kind(kind), actor=hub, contact=contact)
    if member:
        password = click.prompt(f"Password for {member}", hide_input=True, confirmation_prompt=True)
        services.seat(organisation, member, actor=hub, password=password)
    token = services.give_token(organisation, "first", actor=hub)
    if json_:
        dump({"organisation": organisation.id, "kind": kind, "token": token})
        return
    people.print(f"{name} takes part as {kind}: {organisation.id}")
    people.print(f"its API token, shown this once: {token}")
