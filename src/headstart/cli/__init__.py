"""The command line: it translates and decides nothing.

Every command takes `--json` for machines and ends with 0 (as asked), 1 (the answer is no), 2 (bad input, one
clear line) or 3 (could not be run here). A command's module is imported when it is called, so that the plain-file
commands start in an instant.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence

import click

from headstart.errors import HeadstartError, Unable

COMMANDS = {
    "exercise": "headstart.cli.exercise",
    "serve": "headstart.cli.serve",
    "worker": "headstart.cli.worker",
    "admit": "headstart.cli.admit",
    "doctor": "headstart.cli.doctor",
    "prove": "headstart.cli.prove",
    "minimise": "headstart.cli.minimise",
    "bisect": "headstart.cli.bisect",
    "fix": "headstart.cli.fix",
    "match": "headstart.cli.match",
    "verify": "headstart.cli.verify",
}

OK, ANSWER_IS_NO, BAD_INPUT, COULD_NOT_RUN = 0, 1, 2, 3


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} offers no command")
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headstart", message="headstart %(version)s")
def headstart() -> None:
    """The defenders' head start: measure a model, prove and merge what it finds, get it fixed, tell defenders first.

    \b
    Ends with 0 (as asked), 1 (the answer is no), 2 (bad input) or 3 (could not be run here).
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status. Errors are one line on standard error (JSON on standard output with --json)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = headstart.main(given, prog_name="headstart", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return BAD_INPUT
    except click.ClickException as error:
        return _say("usage", error.format_message(), given, BAD_INPUT)
    except (KeyboardInterrupt, click.Abort):
        click.echo("", err=True)
        return _say("stopped", "stopped; run it again to go on", given, COULD_NOT_RUN)
    except HeadstartError as error:
        status = COULD_NOT_RUN if isinstance(error, Unable) else BAD_INPUT
        return _say(error.code, str(error), given, status)
    except Exception as error:  # noqa: BLE001 - the last line of defence says one line, too
        if os.environ.get("HEADSTART_TRACEBACK"):
            traceback.print_exc()
        line = (
            f"a fault of Headstart's own: {type(error).__name__}: {error} (HEADSTART_TRACEBACK=1 shows where)"
        )
        return _say("fault", line, given, COULD_NOT_RUN)
    return status if isinstance(status, int) else OK


def _say(code: str, line: str, arguments: Sequence[str], status: int) -> int:
    if "--json" in arguments:
        click.echo(json.dumps({"error": {"code": code, "message": line}}))
    click.echo(f"headstart: {line}", err=True)
    return status
