"""The command line: it translates and decides nothing.

Every command takes `--json` for machines and ends with 0 (as asked), 1 (the answer is no), 2 (bad input, one
clear line) or 3 (could not be run here). A command's module is imported when it is called, so that the plain-file
commands start in an instant.
"""

import json
import os
import sys
import traceback
from collections.abc import Sequence

import click

from headstart.cli.lazy import LazyGroup
from headstart.errors import HeadstartError, Unable

COMMANDS = {
    "exercise": "headstart.cli.exercise:command",
    "serve": "headstart.cli.serve:command",
    "worker": "headstart.cli.worker:command",
    "gateway": "headstart.cli.gateway:command",
    "admit": "headstart.cli.admit:command",
    "seat": "headstart.cli.seat:command",
    "token": "headstart.cli.token:command",
    "vault": "headstart.cli.vault:command",
    "doctor": "headstart.cli.doctor:command",
    "prove": "headstart.cli.prove:command",
    "minimise": "headstart.cli.minimise:command",
    "bisect": "headstart.cli.bisect:command",
    "fix": "headstart.cli.fix:command",
    "match": "headstart.cli.match:command",
    "bench": "headstart.cli.bench:command",
    "programme": "headstart.cli.programme:command",
    "review": "headstart.cli.review:command",
    "reference-model": "headstart.cli.reference_model:command",
    "verify": "headstart.cli.verify:command",
}

OK, ANSWER_IS_NO, BAD_INPUT, COULD_NOT_RUN = 0, 1, 2, 3


@click.group(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
