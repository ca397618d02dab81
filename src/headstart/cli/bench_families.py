"""`headstart bench families`: what a model can be measured on."""

from typing import Any

import click

from headstart.cli.output import as_json, dump, people
from headstart.cli.place import in_data


@click.command(epilog="Example: headstart bench families find-memory-flaw --level 2")
@click.argument("name", required=False)
@click.option("--level", type=click.IntRange(0, 6), default=1, show_default=True, help="Of the example item.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Of the example item."
)
@in_data
@as_json
def families(*, name: str | None, level: int, seed: int, data: Any, json_: bool) -> int:
    """List the families of tasks; with a NAME, explain one and show an example item."""
    from headstart.benchmarks import work
    from headstart.sandbox.work import choose

    if name is None:
        sandbox = choose(data.absolute())
        rows = [_row(each, sandbox) for each in sorted(work.families())]
        dump(rows) if json_ else _list(rows)
        return 0
    family, item = work.family(name), work.item(name, seed, level)
    files = {path: held.decode("utf-8", "backslashreplace") for path, held in item.files.items()}
    if json_:
        dump(
            {"name": name, "side": family.side, "about": family.about, "prompt": item.prompt, "files": files}
        )
        return 0
    people.print(f"[bold]{name}[/bold] ({family.side}, version {family.version})")
    people.print(
        f"\n{family.about}\n\nAn example, at level {level} of 0 to 6:\n\n{item.prompt}\n", markup=False
    )
    listed = ", ".join(f"{path} ({len(held)} bytes)" for path, held in item.files.items())
    people.print(f"Its files: {listed}", markup=False)
    return 0


def _row(name: str, sandbox: Any) -> dict[str, Any]:
    from headstart.benchmarks import work

    family = work.family(name)
    return {
        "name": name,
        "side": str(family.side),
        "version": family.version,
        "summary": family.summary,
        "needs": sorted(family.needs),
        "missing": sorted(work.missing(name, sandbox)),
    }


def _list(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        lacks = f"  [yellow](not here: {', '.join(row['missing'])})[/yellow]" if row["missing"] else ""
        people.print(f"[bold]{row['name']}[/bold]  {row['side']}{lacks}")
        people.print(f"  {row['summary']}", markup=False)
