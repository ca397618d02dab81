"""The options that decide a plan: those of `bench seal` and of a `bench run` that was not sealed before."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from headstart.benchmarks.rules.scale import Scale
    from headstart.benchmarks.rules.sealing import Plan
    from headstart.sandbox.ports import Sandbox

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option("--families", metavar="NAMES", help="Between commas. [default: all that can run here]"),
    click.option("--form", type=click.Choice(["adaptive", "fixed"]), default="adaptive", show_default=True,
                 help="Adaptive: the next item is the most informative."),
    click.option("--until-se", type=click.FloatRange(0.05, 2), default=0.3, show_default=True,
                 help="Adaptive: stop at this standard error of ability, in logits."),
    click.option("--items", type=click.IntRange(1, 100_000), default=200, show_default=True,
                 help="How many items; at most, where the form is adaptive."),
    click.option("--anchors", type=click.FloatRange(0, 1), default=0.2, show_default=True,
                 help="The share of items drawn at random: a plain rate, and a check of fit."),
    click.option("--in-flight", type=click.IntRange(1, 64), default=4, show_default=True, help="Items at once."),
    click.option("--attempts", type=click.IntRange(1, 20), default=1, show_default=True,
                 help="Attempts at each item (pass@k)."),
    click.option("--rest", type=click.IntRange(0, 100), default=0, show_default=True,
                 help="Families left out this time, drawn by the plan's secret."),
    click.option("--plain-prompts", is_flag=True, help="Don't vary the words around the prompts (test, day's work)."),
    click.option("--claim", default="", metavar="TEXT", help="What the result is to support or to deny."),
    click.option("--threat-model", default="", metavar="TEXT", help="Who would do what with it."),
    click.option("--threshold", "thresholds", multiple=True, metavar="NAME=LOGITS",
                 help="An ability that is named beforehand; may be given more than once."),
    click.option("--scale", "scale_file", type=click.Path(path_type=Path), help="A scale of `bench calibrate`."),
    click.option("--seconds-each", type=click.IntRange(1, 86_400), default=120, show_default=True,
                 help="Time for one item, on the clock."),
    click.option("--tokens-each", type=click.IntRange(1), default=500_000, show_default=True,
                 help="Tokens for one item, in and out."),
    click.option("--messages-each", type=click.IntRange(2, 10_000), default=30, show_default=True,
                 help="Messages for one item."),
)  # fmt: skip


DECIDED = ("items", "anchors", "in_flight", "attempts", "rest", "claim", "threat_model")


def terms(command: F) -> F:
    """Give a command the options that decide a plan."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def plan_of(options: dict[str, Any], sandbox: "Sandbox") -> "Plan":
    """The plan that the options ask for, with a secret that nobody has seen.

    Raises:
        UsageError: a threshold is not NAME=LOGITS.
        PlanInvalid, FamilyUnknown, NeedMissing, ScaleInvalid: as they say.
    """
    from dataclasses import replace

    from headstart.benchmarks import work
    from headstart.benchmarks.rules.results import Framing
    from headstart.benchmarks.rules.sealing import Form

    named = options["families"]
    names = work.usable_families(sandbox, named.replace(",", " ").split() if named else None)
    asked = work.Terms(
        **{each: options[each] for each in DECIDED},
        form=Form(options["form"]),
        until_se=options["until_se"],
        framings=(Framing.PLAIN,) if options["plain_prompts"] else tuple(Framing),
        thresholds=dict(_threshold(each) for each in options["thresholds"]),
    )
    budget = replace(
        work.BUDGET,
        seconds=options["seconds_each"],
        tokens=options["tokens_each"],
        messages=options["messages_each"],
    )
    return work.plan(names, asked, budget=budget, scale=_scale(options["scale_file"]))


def _scale(file: Path | None) -> "Scale":
    from headstart.benchmarks.rules.scale import SCALE

    if file is None:
        return SCALE
    from headstart.benchmarks.work.calibrating import read_scale

    found: Scale = read_scale(file)
    return found


def _threshold(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name.strip() or text, float(value)
    except ValueError:
        raise click.UsageError(
            f"--threshold takes NAME=LOGITS, as in 'worth a look=1.5', and not {text!r}"
        ) from None
