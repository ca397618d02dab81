"""`headstart bench suite`: a public suite, by its name in Inspect AI."""

from pathlib import Path

import click

from headstart.cli.output import as_json, asides, dump, people
from headstart.cli.place import in_data


@click.command(
    epilog="Example: headstart bench suite inspect_evals/cybench --model openai-api/lab/model-7 --limit 5"
)
@click.argument("name")
@click.option("--model", required=True, metavar="MODEL", help="As for `bench run`.")
@click.option("--limit", type=click.IntRange(1), help="Its first samples alone.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where logs and results go. [default: suites/NAME]"
)
@click.option("--in-headstart", is_flag=True, help="In Headstart's sandbox instead of the suite's own.")
@in_data
@as_json
def suite(
    *, name: str, model: str, limit: int | None, out: Path | None, in_headstart: bool, data: Path, json_: bool
) -> int:
    """Run a public suite (of `inspect_evals`, or any package of Inspect tasks) through the same adapter.

    Its items are public and its authors score it, so no ability is worked out of it. Most suites need Docker.
    Ends with 0 if it came through, 3 if it broke.
    """
    from headstart.agents import work as agents
    from headstart.benchmarks.work.suites import run_suite
    from headstart.sandbox.work import choose

    folder = out or Path("suites") / name.replace("/", "-")
    sandbox = choose(data.absolute()).name if in_headstart else None
    with agents.model(model, folder=folder, sandbox=sandbox) as handle, asides.status(f"{name}: running"):
        done = run_suite(name, handle, limit=limit, folder=folder, in_headstart=in_headstart)
    if json_:
        dump(done.as_dict())
        return 3 if done.error else 0
    people.print(f"{done.suite} {done.version}: {done.samples} samples, {done.broken} broke", markup=False)
    for scorer, metrics in done.metrics.items():
        said = ", ".join(f"{metric} {value:.3g}" for metric, value in metrics.items())
        people.print(f"  {scorer}: {said}", markup=False)
    people.print(f"{folder}" + (f"; it broke: {done.error}" if done.error else ""), markup=False)
    return 3 if done.error else 0
