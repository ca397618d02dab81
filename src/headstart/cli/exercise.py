"""`headstart exercise`: the main job."""

import os
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headstart.cli.output import as_json, dump, people, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from headstart.exercise.story import Result, Step

DEFAULT_FOLDER = Path("var/exercise")


@click.command(epilog="Example: headstart exercise --no-serve")
@click.option("--no-serve", is_flag=True, help="End after the summary instead of serving the pages.")
@click.option("--go-on", is_flag=True, help="Go on where an earlier run stopped; otherwise it starts clean.")
@click.option("--offline", is_flag=True, help="Use the targets in the repository, as without a network.")
@click.option("--data", type=click.Path(path_type=Path), default=DEFAULT_FOLDER, show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@as_json
def command(*, no_serve: bool, go_on: bool, offline: bool, data: Path, port: int, json_: bool) -> int:
    """Rehearse a whole pre-release window, for real, in minutes; then serve its pages.

    Only the cast and the calendar are made up: every run, verdict, match and signature is real. HEADSTART_MODEL
    names a real model (any Inspect model string) instead of the reference model.
    """
    from headstart.exercise import play

    folder = data.absolute()
    if not no_serve:
        from headstart.cli.server import check_free

        check_free("127.0.0.1", port)
    play.prepare_folder(folder, go_on=go_on)
    before = time.monotonic()
    with play.opened(folder, offline=offline) as story:
        if not json_:
            _open(story.online, story.sandbox.weaker)
        told = play.play(story, _bar(quiet=json_), _teller(quiet=json_))
    seconds = time.monotonic() - before
    ok = len(told) == len(play.steps()) and all(each["ok"] for each in told)
    if json_:
        dump({"ok": ok, "seconds": round(seconds, 1), "data": str(folder), "steps": told})
    else:
        _end(told, ok=ok, seconds=seconds, folder=folder)
    if ok and not no_serve:
        _serve(folder, port)
    return 0 if ok else 1


def _bar(*, quiet: bool) -> "Callable[[str], AbstractContextManager[Callable[[int, int], None]]]":
    return lambda title: progress(title, quiet=quiet)


def _teller(*, quiet: bool) -> "Callable[[Step, Result, float], None]":
    from headstart import clock

    def tell(step: "Step", result: "Result", seconds: float) -> None:
        if quiet:
            return
        mark = "[green]✓[/green]" if result.ok else "[red]✗[/red]"
        people.print(f"{mark} [bold]{step.title}[/bold]  [dim]{clock.now():%d %b %Y} · {seconds:.1f} s[/dim]")
        for line in result.lines:
            people.print("    " + line, markup=False)

    return tell


def _open(online: bool, weaker: bool) -> None:
    people.print(
        "[bold]A rehearsal of one pre-release window.[/bold] The cast and the calendar are made up; the rest is real."
    )
    if not online:
        people.print("No network: the targets are those in examples/targets, with planted flaws.")
    if weaker:
        people.print("No namespaces here: a weaker sandbox runs what ships with Headstart, and nothing else.")
    people.print()


def _end(told: list[dict[str, Any]], *, ok: bool, seconds: float, folder: Path) -> None:
    people.print()
    if not ok:
        people.print("[bold red]The rehearsal stopped:[/bold red] the last step did not do what it says.")
        people.print("Go on from there with: headstart exercise --go-on")
        return
    facts = {each["step"]: each["facts"] for each in told}
    for line in _summary(facts):
        people.print(line, markup=False)
    people.print()
    for name, left in facts["close"]["unpatched_today"].items():
        patched, unpatched = left["of"] - left["unpatched"], left["unpatched"]
        bar = f"[blue]{'█' * 2 * unpatched}[/blue][dim]{'░' * 2 * patched}[/dim]"
        people.print(f"  {name:<24}{bar}  {unpatched} of {left['of']} unpatched")
    people.print(f"  by day, to the day the model goes out: {facts['close']['picture']}", markup=False)
    people.print()
    people.print(f"[bold green]The whole window, in {seconds:.0f} s.[/bold green] Everything is in {folder}")


def _summary(facts: dict[str, Any]) -> list[str]:
    """What came of it, each count beside its own whole."""
    proofs, close, fixes = facts["proofs"], facts["close"], facts["fixes"]["fixes"]
    reports = sum(proofs["rungs"].values())
    believed = reports - sum(proofs["rungs"].get(each, 0) for each in ("refuted", "unrunnable", "claimed"))
    held = sum(each["held"] for each in fixes)
    return [
        f"{believed} of {reports} reports held up when they were run; "
        f"{proofs['merged']} of them told of a flaw that another told already.",
        f"{proofs['vulnerabilities']} vulnerabilities, {close['found_by_the_model']} of them found by the model; "
        f"{held} of {proofs['vulnerabilities']} have a fix that was proved.",
        f"{close['public']} of {proofs['vulnerabilities']} were told to defenders first, and then to everyone.",
    ]


def _serve(folder: Path, port: int) -> None:
    """Serve in a process of its own, which takes this one's place."""
    people.print(f"Its pages: [bold]http://127.0.0.1:{port}/seats/[/bold] (sit down in any seat)")
    sys.stdout.flush()
    arguments = ["serve", "--exercise", "--data", str(folder), "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "headstart.cli", *arguments])  # noqa: S606 - our own command
