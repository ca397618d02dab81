"""`headstart reference-model`: a model without a language model, behind a real endpoint."""

import signal
import threading
from types import FrameType

import click

from headstart.cli.output import as_json, dump, people

STRENGTHS = ("null", "heuristic", "fuzzer")


@click.command(epilog="Example: headstart reference-model --strength heuristic --port 8090")
@click.option(
    "--strength",
    type=click.Choice(STRENGTHS),
    default="fuzzer",
    show_default=True,
    help="What answers where a request names no other.",
)
@click.option(
    "--port",
    envvar="HEADSTART_REFERENCE_PORT",
    type=click.IntRange(0, 65535),
    default=0,
    help="0: a free one; or by HEADSTART_REFERENCE_PORT.  [default: 0]",
)
@click.option(
    "--key",
    envvar="HEADSTART_REFERENCE_KEY",
    default="",
    metavar="KEY",
    help="What a request must show; better by HEADSTART_REFERENCE_KEY, as others see options. "
    "[default: a fresh one]",
)
@as_json
def command(*, strength: str, port: int, key: str, json_: bool) -> None:  # fmt: skip
    """Serve the reference models as an OpenAI-compatible endpoint on 127.0.0.1, until Ctrl-C.

    There is no language model in them: null hands in nothing, heuristic tries a few dozen inputs, fuzzer fuzzes.
    """
    from headstart.agents.work import reference_model

    over = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    with reference_model(strength, port, key) as served:
        said = {"REFERENCE_BASE_URL": served.base_url, "REFERENCE_API_KEY": served.key}
        model = f"openai-api/reference/{served.model}"
        example = f"{' '.join(f'{name}={value}' for name, value in said.items())} headstart bench run --model {model}"
        if json_:
            about = {"base_url": served.base_url, "key": served.key, "model": served.model}
            dump({**about, "models": list(STRENGTHS), "environment": said, "example": example})
        else:
            people.print(f"base URL  {served.base_url}\nkey       {served.key}", markup=False)
            people.print(
                f"model     {served.model} (also: {', '.join(each for each in STRENGTHS if each != served.model)})",
                markup=False,
            )
            people.print(f"\nIn another terminal (Ctrl-C ends it here):\n  {example}", markup=False)
        while not over.wait(3600):
            pass
