"""`headstart bench seal` and `bench open`: commit to a plan before access begins, show it after."""

from pathlib import Path
from typing import Any

import click

from headstart.cli.bench_terms import plan_of, terms
from headstart.cli.output import as_json, dump, people
from headstart.cli.place import Place, in_data


@click.command(epilog="Example: headstart bench seal --out battery --until-se 0.3")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A new folder for the plan and its seal."
)
@terms
@in_data
@as_json
def seal(*, out: Path, data: Path, json_: bool, **options: Any) -> int:
    """Draw a plan and commit to it, before access to the model begins.

    Writes OUT/plan.json, which only its owner may read until the end, and OUT/plan.dsse.json, the signed commitment,
    which is to be published. It hides generator versions, seeds, scoring and stopping rule, and fixes them.
    """
    from headstart.benchmarks.work import sealed
    from headstart.sandbox.work import choose

    plan = plan_of(options, choose(data.absolute()))
    published = sealed.seal(plan, out, Place(data).key())
    if json_:
        dump({"commitment": plan.commitment, "plan": str(out / sealed.PLAN), "seal": str(published)})
        return 0
    people.print(f"sealed: {plan.commitment}")
    people.print(f"publish {published}; keep {out / sealed.PLAN} to yourself until the end", markup=False)
    people.print(f"families: {', '.join(each.name for each in plan.families)}; {plan.stopping}", markup=False)
    return 0


@click.command(name="open", epilog="Example: headstart bench open battery")
@click.argument("folder", type=click.Path(path_type=Path))
@in_data
@as_json
def open_(*, folder: Path, data: Path, json_: bool) -> int:
    """Show a sealed plan to everyone, after the window: FOLDER is what `bench seal` made."""
    from headstart.benchmarks.work import read_plan, sealed

    said = sealed.open_plan(folder, Place(data).key())
    plan = read_plan(folder / sealed.PLAN)
    if json_:
        dump({"commitment": plan.commitment, "plan": str(folder / sealed.PLAN), "opening": str(said)})
        return 0
    people.print(f"opened: {plan.commitment} is what was sealed", markup=False)
    people.print(f"publish {folder / sealed.PLAN} and {said}", markup=False)
    return 0
