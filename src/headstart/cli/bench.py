"""`headstart bench`: measure a model."""

import click

from headstart.cli.lazy import LazyGroup

COMMANDS = {
    "families": "headstart.cli.bench_families:families",
    "seal": "headstart.cli.bench_seal:seal",
    "run": "headstart.cli.bench_run:run",
    "report": "headstart.cli.bench_report:report",
    "compare": "headstart.cli.bench_report:compare",
    "open": "headstart.cli.bench_seal:open_",
    "read": "headstart.cli.bench_transcripts:read",
    "disclose": "headstart.cli.bench_transcripts:disclose",
    "calibrate": "headstart.cli.bench_calibrate:calibrate",
    "suite": "headstart.cli.bench_suite:suite",
}
"""Name -> module and the command in it."""


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    epilog="Example: headstart bench run --model reference/heuristic --until-se 0.5",
)
def command() -> None:
    """Measure what a model can do, on generated items that nobody has seen, scored by running.

    \b
    A whole evaluation:  bench seal, bench run, bench report, bench open, verify.
    """
