"""`headstart vault`: the key that seals what the hub keeps for others: endpoints' secrets, kept words."""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people

place = click.option(
    "--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA)."
)


@click.group(epilog="Example: headstart vault rotate")
def command() -> None:
    """What the hub keeps sealed: endpoints' secrets and kept words; on the hub's machine."""


@command.command(epilog="Example: headstart vault rotate --json")
@place
@as_json
def rotate(*, data: Path | None, json_: bool) -> None:
    """Make a fresh key, and seal everything anew by it. Hub and gateway may go on running.

    The file keys/vault keeps the key before it too, until the next time: older backups open with it.
    """
    from headstart.site.start import open_instance

    folder = open_instance(data=data)
    from headstart.access import services, work
    from headstart.people import queries

    hub = queries.hub()
    newest = work.rotate(folder).newest
    sealed = services.seal_anew(actor=hub)
    forgotten = work.forget(folder)
    if json_:
        dump({"key": newest, "sealed": sealed, "forgotten": forgotten})
    else:
        people.print(
            f"sealed {sealed} values by a fresh key ({newest}); {forgotten} older keys are gone", markup=False
        )
