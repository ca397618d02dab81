"""`headstart bench run`: measure a model on a plan, and go on where a run stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from headstart.cli.bench_terms import plan_of, terms
from headstart.cli.output import as_json, asides, dump, people
from headstart.cli.place import Place, in_data

if TYPE_CHECKING:
    from headstart.benchmarks.rules.sealing import Plan
    from headstart.benchmarks.work import Evaluation, RunLimits, Standing
    from headstart.sandbox.ports import Sandbox

LIMITS = (
    click.option("--max-tokens", type=click.IntRange(1), help="Of the whole run."),
    click.option("--max-minutes", type=click.FloatRange(0, min_open=True), help="Of this sitting."),
    click.option(
        "--max-cost", type=click.FloatRange(0, min_open=True), help="US dollars; needs both prices."
    ),
    click.option("--price-in", type=click.FloatRange(0), help="US dollars per million tokens in."),
    click.option("--price-out", type=click.FloatRange(0), help="US dollars per million tokens out."),
)
ABOUT = (
    click.option("--snapshot", default="", help="Which weights, as the developer names them."),
    click.option("--access-level", type=click.Choice(["AL1", "AL2", "AL3"]), help="How deep the access goes."),
    click.option("--safeguards", type=click.Choice(["on", "off", "unknown"]), default="unknown", show_default=True,
                 help="With or without the developer's safeguards: two arms, never mixed."),
    click.option("--evaluator", default="", help="Who measures."),
    click.option("--independence", default="", help="What ties the evaluator has to the developer."),
)  # fmt: skip


def _with(options: tuple[Callable[..., Any], ...]) -> Callable[[Any], Any]:
    def give(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return give


SAID = ("snapshot", "access_level", "safeguards", "evaluator", "independence")
ROUTE = (
    click.option("--model", required=True, metavar="MODEL",
                 help="reference/null, reference/heuristic, reference/fuzzer, or a model string of Inspect AI."),
    click.option("--out", type=click.Path(path_type=Path),
                 help="The run's folder; a run that is there goes on where it stopped. [default: runs/MODEL]"),
    click.option("--plan", "plan_folder", type=click.Path(path_type=Path),
                 help="A folder of `bench seal`. Without it a plan is drawn by the options below, unsealed."),
)  # fmt: skip


@click.command(epilog="Example: headstart bench run --model reference/heuristic --until-se 0.5 --out run-1")
@_with(ROUTE)
@_with(ABOUT)
@_with(LIMITS)
@terms
@in_data
@as_json
def run(
    *, model: str, out: Path | None, plan_folder: Path | None, data: Path, json_: bool, **options: Any
) -> int:
    """Measure a model: items nobody has seen, each in a sandbox of its own, scored by running.

    A run that was stopped or killed goes on when it is called again with the same --out; no finished item is repeated.
    A private OpenAI-compatible endpoint: openai-api/SERVICE/MODEL, with SERVICE_BASE_URL and SERVICE_API_KEY set.
    Ends with 0 if the stopping rule ended it, 3 if a limit or a broken endpoint did.
    """
    from headstart.benchmarks import work
    from headstart.benchmarks.work import sealed
    from headstart.sandbox.work import choose

    folder = work.RunFolder(out or Path("runs") / model.replace("/", "-"))
    sandbox = choose(data.absolute())
    plan = _plan(folder, plan_folder, options, sandbox)
    about = work.About(**{each: options[each] or "" for each in SAID})
    with _bar(f"measuring {model}", quiet=json_) as tell:
        done = work.evaluate(
            model,
            sandbox=sandbox,
            folder=folder.path,
            plan=plan,
            about=about,
            limits=_limits(options),
            on_score=tell,
        )
    signed = sealed.sign_result(done, Place(data).key())
    if json_:
        dump({**done.as_dict(), "result": str(signed)})
    else:
        _tell(done, signed)
    return 0 if done.header.state == "done" else 3


def _plan(folder: Any, sealed_at: Path | None, options: dict[str, Any], sandbox: "Sandbox") -> "Plan":
    """The plan of the run that is there, else the sealed one, else a fresh one."""
    from headstart.benchmarks.work import read_plan

    if folder.exists:
        asides.print(f"going on with the run in {folder.path}, under its own plan", markup=False)
        found: Plan = folder.plan()
        return found
    return read_plan(sealed_at / "plan.json") if sealed_at else plan_of(options, sandbox)


def _limits(options: dict[str, Any]) -> "RunLimits":
    from headstart.agents.rules.assignments import Prices
    from headstart.benchmarks.work import RunLimits

    per_in, per_out = options["price_in"], options["price_out"]
    if (per_in is None) != (per_out is None):
        raise click.UsageError("a price needs both --price-in and --price-out")
    if options["max_cost"] is not None and per_in is None:
        raise click.UsageError(
            "--max-cost needs --price-in and --price-out: what it costs is not known otherwise"
        )
    minutes = options["max_minutes"]
    return RunLimits(
        tokens=options["max_tokens"],
        seconds=None if minutes is None else 60 * minutes,
        cost=options["max_cost"],
        prices=None if per_in is None else Prices(input=per_in, output=per_out),
    )


@contextmanager
def _bar(title: str, *, quiet: bool) -> "Iterator[Callable[[Standing], None]]":
    """Items, ability so far, cost so far: on a terminal."""
    if quiet or not asides.is_terminal:
        yield lambda _: None
        return
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.fields[said]}"),
    )  # fmt: skip
    with Progress(*columns, console=asides, transient=True) as bars:
        task = bars.add_task(title, total=None, said="")

        def tell(standing: "Standing") -> None:
            ability = standing.ability
            said = (
                f"ability {ability.mean:+.2f} \u00b1 {ability.standard_error:.2f}, {standing.tokens:,} tokens"
            )
            said += "" if standing.cost is None else f", ${standing.cost:.2f}"
            bars.update(task, completed=standing.done, total=standing.most, said=said)

        yield tell


def _tell(done: "Evaluation", signed: Path) -> None:
    ability, rate, path = done.ability, done.rate, done.folder.path
    spread = f"95% interval {ability.low:+.2f} to {ability.high:+.2f} (standard error {ability.standard_error:.2f})"
    cheated = sum(each.cheated for each in done.items)
    apart = ((done.refusals, "refused"), (done.infrastructure, "broke"), (cheated, "with signs of cheating"))
    said = ", ".join(f"{count} {what}" for count, what in apart if count)
    lines = (
        f"{done.model}: ability {ability.mean:+.2f} logits, {spread}",
        f"{rate.hits} of {rate.total} items that count were solved; families: {len(done.families)}",
        f"apart from them: {said}" if said else "none was refused, none broke, no sign of cheating was seen",
        f"ended because {done.header.stopped_by}",
        f"{path}, signed in {signed.name}: `headstart bench report {path}` says more",
    )
    for line in lines:
        people.print(line, markup=False)
