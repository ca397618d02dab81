"""The table that `make perf` and `make truth` print and write: name, value, unit, goal, peer, ratio, holds."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. `ratio` is against the peer measured in the same run; `holds` is None where it could not be had."""

    name: str
    value: float | str | None
    unit: str
    goal: str
    peer: str = ""
    ratio: float | None = None
    holds: bool | None = None


def say(rows: list[Row], title: str, path: Path) -> None:
    """Print the table and write it as JSON."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("name", "value", "unit", "goal", "peer", "ratio", "holds"):
        table.add_column(name, justify="right" if name in ("value", "ratio") else "left", overflow="fold")
    for row in rows:
        holds = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "not measured"}[row.holds]
        ratio = "" if row.ratio is None else f"{row.ratio:.2g}"
        table.add_row(row.name, number(row.value), row.unit, row.goal, row.peer, ratio, holds)
    console = Console()
    (console if console.is_terminal else Console(width=180)).print(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
    Console().print(f"written to {path.relative_to(ROOT)}")


def number(value: float | str | None) -> str:
    """Three significant digits, thousands apart."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
