"""`headstart serve`: the web pages, the API and a worker."""

import json
from pathlib import Path

import click

from headstart.cli.output import as_json, people


@click.command(epilog="Example: headstart serve --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", envvar="HEADSTART_PORT", default=8080, show_default=True, type=click.IntRange(1, 65535),
    help="Or by HEADSTART_PORT.",
)  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA).")
@click.option("--exercise", is_flag=True, help="Serve an exercise's data, on its made-up calendar.")
@click.option("--no-worker", is_flag=True, help="Leave jobs to `headstart worker`.")
@as_json
def command(*, host: str, port: int, data: Path | None, exercise: bool, no_worker: bool, json_: bool) -> None:
    """Serve the web pages and the API, with a worker in the same process, until Ctrl-C."""
    from headstart.cli import server

    server.prepare(data=data, exercise=exercise)
    address = f"http://{host}:{port}/"
    if json_:
        click.echo(json.dumps({"serving": address}))
    else:
        people.print(f"Headstart is at [bold]{address}[/bold]   (Ctrl-C ends it)")
    server.serve(host, port, worker=not no_worker)
