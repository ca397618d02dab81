"""`headstart match`: who is affected, by what."""

from pathlib import Path

import click
from rich.table import Table

from headstart.cli.output import as_json, dump, people


@click.command(epilog="Example: headstart match sbom.json --advisories examples/advisories")
@click.argument("inventories", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--advisories", required=True, type=click.Path(path_type=Path),
    help="OSV or CSAF: a folder, a file, JSON lines, or an archive of them (zip, zst).",
)  # fmt: skip
@as_json
def command(*, inventories: tuple[Path, ...], advisories: Path, json_: bool) -> int:
    """Match inventories (CycloneDX or SPDX) with advisories. Ends with 1 where something is affected."""
    from headstart.exposure.work.matching import match_files

    found = match_files(inventories, advisories)
    if json_:
        dump(
            {
                "components": found.components,
                "advisories": found.advisories,
                "hits": [
                    {
                        "advisory": each.advisory,
                        "inventory": each.inventory,
                        "component": each.component.name,
                        "version": each.component.version,
                        "affected": str(each.affected),
                        "fixed": each.fixed,
                    }
                    for each in found.hits
                ],
                "skipped": [{"id": each.id, "why": each.why} for each in found.skipped],
            }
        )
    else:
        table = Table(
            "affected", "component", "version", "advisory", "fixed in", "inventory", box=None, pad_edge=False
        )
        for hit in found.hits:
            component = hit.component
            version = component.version or "not known"
            table.add_row(
                str(hit.affected),
                component.name,
                version,
                hit.advisory,
                hit.fixed or "-",
                Path(hit.inventory).name,
            )
        if found.hits:
            people.print(table)
        people.print(
            f"{len(found.hits)} hits: {found.components} components against {found.advisories} advisories"
        )
        for each in found.skipped[:5]:
            people.print(f"left out: {each.id}: {each.why}", markup=False)
    return 1 if found.hits else 0
