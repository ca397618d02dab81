"""`headstart bench calibrate`: where families lie on the scale, fitted from the logs of runs."""

from pathlib import Path

import click
from rich.table import Table

from headstart.cli.output import as_json, dump, people

RUN = click.Path(path_type=Path)


@click.command(epilog="Example: headstart bench calibrate var/runs/null var/runs/fuzzer --out scale.json")
@click.argument("runs", nargs=-1, required=True, type=RUN)
@click.option("--out", type=RUN, help="Write the scale there, for `bench seal` and `bench run --scale`.")
@as_json
def calibrate(*, runs: tuple[Path, ...], out: Path | None, json_: bool) -> int:
    """Fit a scale to RUNS of several models: each family's place and step, and how far items and models stray.

    A family with too few answers keeps its prior's place, and the result says so. A scale is sealed with a plan: fit it
    to runs of before, never to the run that it is to measure.
    """
    from headstart.benchmarks.work.calibrating import calibrated, write_scale
    from headstart.benchmarks.work.folder import RunFolder

    found = calibrated([RunFolder(each) for each in runs])
    if out is not None:
        write_scale(found, out)
    if json_:
        dump(found.as_dict())
        return 0
    table = Table(box=None, pad_edge=False)
    for name in ("family", "offset", "step", "answers", "models", ""):
        table.add_column(name, justify="left" if name in ("family", "") else "right")
    for name, each in found.families.items():
        place = f"{each.offset:+.2f} ± {each.offset_error:.2f}", f"{each.step:.2f} ± {each.step_error:.2f}"
        table.add_row(name, *place, str(each.answers), str(each.models), "kept" if each.kept else "")
    people.print(table)
    scale = found.scale
    people.print(
        f"{found.responses} answers of {found.models} models; deviation of families {scale.family_deviation:.2f}, "
        f"of items {scale.residual_deviation:.2f} (logits)"
    )
    for note in found.notes:
        people.print(f"  - {note}", markup=False)
    if out is not None:
        people.print(f"written: {out}", markup=False)
    return 0
