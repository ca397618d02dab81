"""The exercise, step by step: what it needs is opened, each step is done once, and what came of it is kept."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from headstart.errors import Conflict
from headstart.exercise.calendar import Calendar, resume
from headstart.exercise.story import Result, Step, Story, load_kept, read_cast
from headstart.site.start import EXERCISE_MARK, open_instance

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


class NotAnExercise(Conflict):
    """The folder that was named for the exercise holds something else."""

    code = "not-an-exercise"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds something that is not an exercise; name an empty folder with --data"
        )


def steps() -> tuple[Step, ...]:
    """Every step, in order. Imported late: the rooms need Django to be set up."""
    from headstart.exercise import closing, hunt, remedy, window

    rows = (
        ("take_part", "Who takes part", "access", window.take_part),
        ("review", "A review is opened", "access", window.open_review),
        ("evaluation", "The model is measured", "evaluation", window.evaluate),
        ("scan", "The model hunts in a real package", "scan", hunt.scan),
        ("reports", "Other finders hand in reports", "reports", hunt.hand_in),
        ("proofs", "Nothing is believed before it ran", "proofs", hunt.prove),
        ("ranges", "Which releases are affected", "proofs", hunt.find_ranges),
        ("match", "Who runs it, and what to do first", "cases", remedy.match),
        ("cases", "Maintainers are told; an embargo is agreed", "embargo", remedy.open_cases),
        ("fixes", "The fix is proved, too", "fixes", remedy.check_fixes),
        ("first_tier", "Defenders first", "first_tier", remedy.tell_the_first),
        ("deploy", "Operators mend", "first_tier", remedy.deploy),
        ("everyone", "Then everyone", "everyone", remedy.tell_everyone),
        ("close", "The ledger, and the picture", "today", closing.close),
    )
    return tuple(Step(name=name, title=title, day=day, do=do) for name, title, day, do in rows)


def prepare_folder(folder: Path, *, go_on: bool) -> None:
    """Make the exercise's folder ready: emptied, or as it was left.

    Raises:
        NotAnExercise: it holds something that no exercise made.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / EXERCISE_MARK).exists():
        raise NotAnExercise(folder)
    if folder.exists() and not go_on:
        for each in folder.iterdir():
            if each.name == "store":  # releases from the registries, kept by their digest
                continue
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / EXERCISE_MARK
    if not mark.exists():
        mark.write_text("{}")


@contextmanager
def opened(folder: Path, *, offline: bool) -> Iterator[Story]:
    """Open everything that the steps work with; the worker runs until the end."""
    os.environ.setdefault("HEADSTART_UPSTREAMS", "http://127.0.0.1")  # the made-up developer's model is here
    open_instance(exercise=True, data=folder)
    from headstart.packages.work import is_online
    from headstart.proofs.work import place
    from headstart.worker.loop import open_worker

    cast = read_cast()
    calendar = Calendar(opens=cast.opens, folder=folder)
    resume(folder)
    setting = place(folder, builds=False)
    worker = open_worker()
    story = Story(
        cast=cast,
        calendar=calendar,
        data=folder,
        online=not offline and is_online(),
        store=setting.store,
        sandbox=setting.sandbox,
        worker=worker,
        model_spec=os.environ.get("HEADSTART_MODEL") or None,
        kept=load_kept(folder),
    )
    worker.start()
    try:
        yield story
    finally:
        worker.stop()


def play(story: Story, bar: Bar, tell: Callable[[Step, Result, float], None]) -> list[dict[str, Any]]:
    """Do every step that is not done yet; what came of each, in order. Ends at the first that fails."""
    done: dict[str, Any] = story.kept.setdefault("steps", {})
    told: list[dict[str, Any]] = []
    for step in steps():
        before = time.monotonic()
        kept = done.get(step.name)
        if kept is not None and step.name != "take_part":
            result = Result(ok=kept["ok"], lines=kept["lines"], facts=kept["facts"])
        else:
            story.calendar.go_to(story.cast.days[step.day])
            with bar(step.title) as progress:
                result = step.do(story, progress)
        seconds = kept["seconds"] if kept is not None else time.monotonic() - before
        row = {"ok": result.ok, "lines": result.lines, "facts": result.facts, "seconds": round(seconds, 2)}
        told.append({"step": step.name, "title": step.title, **row})
        tell(step, result, seconds)
        if not result.ok:
            break
        done[step.name] = row
        story.keep()
    return told
