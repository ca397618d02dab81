"""`headstart gateway`: the door through which evaluators and partners reach a developer's model."""

import json
import os
from pathlib import Path

import click

from headstart.cli.output import as_json, people


@click.command(epilog="Example: headstart gateway --port 8090")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", envvar="HEADSTART_GATEWAY_PORT", default=8090, show_default=True, type=click.IntRange(1, 65535),
    help="Or by HEADSTART_GATEWAY_PORT.",
)  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), help="The data folder (default: HEADSTART_DATA).")
@click.option("--exercise", is_flag=True, help="On an exercise's data and made-up calendar.")
@as_json
def command(*, host: str, port: int, data: Path | None, exercise: bool, json_: bool) -> None:
    """Pass requests on to developers' endpoints, for whoever holds a key, until Ctrl-C.

    It speaks as the endpoint does: POST /v1/chat/completions, POST /v1/messages, GET /v1/models. Keys, budgets and
    what was used are in the records that `headstart serve` shows.
    """
    from headstart.cli.server import check_free
    from headstart.site.start import open_instance

    check_free(host, port)
    folder = open_instance(exercise=exercise, data=data)
    from headstart.gateway.books import DjangoBooks
    from headstart.gateway.server import serve_until_told
    from headstart.gateway.serving import make_proxy, read_limits

    if exercise:
        from headstart.exercise.calendar import resume

        resume(folder)
    limits, address = read_limits(os.environ), f"http://{host}:{port}"
    with DjangoBooks(folder) as books:
        if json_:
            click.echo(
                json.dumps({"serving": f"{address}/v1", "openai": f"{address}/v1", "anthropic": address})
            )
        else:
            people.print(f"the gateway is at [bold]{address}/v1[/bold] for OpenAI-compatible clients,")
            people.print(f"and at [bold]{address}[/bold] for Anthropic's   (Ctrl-C ends it)")
        serve_until_told(host, port, lambda: make_proxy(books, limits))
