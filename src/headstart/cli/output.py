"""How commands speak: JSON for machines, a few quiet lines for people, progress on a terminal."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON for machines.")

people = Console(highlight=False, soft_wrap=True)
asides = Console(stderr=True, highlight=False)


def dump(value: Any) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal (standard error): call it with (done, total). Silent elsewhere."""
    if quiet or not asides.is_terminal:
        yield lambda _done, _total: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=asides, transient=True) as bars:
        task = bars.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total or None)

        yield tell
