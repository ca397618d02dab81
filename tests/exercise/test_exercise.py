"""The main job: it does what it says, starts clean or goes on, and never touches what is not its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headstart import clock
from headstart.exercise import calendar, play, story
from headstart.site.start import BelongsToAnExercise, open_instance

EXAMPLES = story.EXAMPLES


def headstart(*arguments: str, **variables: str) -> tuple[int, Any, str]:
    """Run the command line in a process of its own; its status, its JSON, its words on standard error."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("HEADSTART_", "DJANGO_"))
    }
    command = [sys.executable, "-m", "headstart.cli", *arguments, "--json"]
    done = subprocess.run(
        command, env={**environment, **variables}, capture_output=True, text=True, timeout=280, check=False
    )
    return done.returncode, json.loads(done.stdout or "null"), done.stderr


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """One rehearsal without a network, for every test below."""
    folder = tmp_path_factory.mktemp("exercise") / "data"
    status, said, errors = headstart("exercise", "--no-serve", "--offline", "--data", str(folder))
    assert status == 0, (said, errors)
    return folder, said


def facts(said: Any, step: str) -> Any:
    return next(each["facts"] for each in said["steps"] if each["step"] == step)


@pytest.mark.sandbox
@pytest.mark.xdist_group("exercise")
class TestARehearsal:
    def test_every_step_does_what_it_says(self, rehearsed: tuple[Path, Any]) -> None:
        _, said = rehearsed
        assert [each["step"] for each in said["steps"]] == [each.name for each in play.steps()]
        assert all(each["ok"] and each["lines"] for each in said["steps"])

    def test_the_model_is_measured_on_fresh_items_with_an_interval(self, rehearsed: tuple[Path, Any]) -> None:
        found = facts(rehearsed[1], "evaluation")
        assert found["items"] >= 10
        assert len(found["families"]) >= 2
        assert found["interval"][0] < found["ability"] < found["interval"][1]

    def test_what_the_model_found_by_running_was_proved(self, rehearsed: tuple[Path, Any]) -> None:
        said = rehearsed[1]
        (title,) = facts(said, "scan")["findings"]
        found = next(each for each in facts(said, "proofs")["findings"] if each["title"] == title)
        assert (found["rung"], found["attribution"]) == ("contrasted", "target")
        assert facts(said, "close")["found_by_the_model"] == 1

    def test_the_bogus_is_refuted_and_the_duplicate_merged(self, rehearsed: tuple[Path, Any]) -> None:
        found = facts(rehearsed[1], "proofs")
        assert found["rungs"]["refuted"] == 1
        assert found["merged"] == 1

    def test_the_affected_releases_are_those_with_the_planted_flaw(self, rehearsed: tuple[Path, Any]) -> None:
        rows = facts(rehearsed[1], "ranges")["ranges"]
        assert {each["affected"] for each in rows if each["package"] == "pkg:generic/minirec"} == {
            "vers:generic/>=1.1.0|<1.2.1"
        }

    def test_the_ledger_it_leaves_verifies_with_the_hubs_key(self, rehearsed: tuple[Path, Any]) -> None:
        folder, _ = rehearsed
        key, note = folder / "keys" / "hub.pub.pem", folder / "published" / "checkpoint.txt"
        status, said, _ = headstart("verify", str(note), "--key", str(key))
        assert (status, said[0]["holds"]) == (0, True)
        other = folder / "keys" / "authority.pub.pem"
        assert headstart("verify", str(note), "--key", str(other))[0] == 1

    def test_it_leaves_letters_and_a_picture(self, rehearsed: tuple[Path, Any]) -> None:
        folder, said = rehearsed
        found = facts(said, "cases")
        assert found["letters"] == found["cases"] > 0
        assert list((folder / "outbox").iterdir())
        assert "<svg" in (folder / "picture.svg").read_text()

    def test_going_on_repeats_nothing(self, rehearsed: tuple[Path, Any]) -> None:
        folder, first = rehearsed
        status, said, _ = headstart("exercise", "--no-serve", "--offline", "--go-on", "--data", str(folder))
        assert status == 0
        assert facts(said, "close")["ledger_entries"] == facts(first, "close")["ledger_entries"]

    def test_a_real_instance_refuses_its_data(self, rehearsed: tuple[Path, Any]) -> None:
        status, said, _ = headstart("worker", "--until-idle", "--data", str(rehearsed[0]))
        assert status == 2
        assert "belongs to an exercise" in said["error"]["message"]


@pytest.mark.sandbox
def test_changing_one_trigger_changes_the_rung(tmp_path: Path) -> None:
    report = tmp_path / "report"
    shutil.copytree(EXAMPLES / "reports-offline" / "tinytemplate-include-disclose", report)
    place = ("--data", str(tmp_path / "var"), "--receipt", str(tmp_path / "receipt.json"))
    assert headstart("prove", str(report), *place)[1]["rung"] == "contrasted"
    (report / "inputs" / "trigger.txt").write_text("nothing to see\n")
    status, said, _ = headstart("prove", str(report), *place)
    assert (status, said["rung"]) == (1, "refuted")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(play.NotAnExercise, match="holds something that is not an exercise"):
        play.prepare_folder(tmp_path, go_on=False)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_starting_clean_keeps_the_store_of_releases_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "exercise.json").write_text('{"steps": {}}')
    (tmp_path / "store").mkdir()
    (tmp_path / "headstart.sqlite3").write_text("old")
    play.prepare_folder(tmp_path, go_on=False)
    assert {each.name for each in tmp_path.iterdir()} == {"store", "exercise.json"}
    assert (tmp_path / "exercise.json").read_text() == "{}"


def test_an_exercise_refuses_the_data_of_a_real_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HEADSTART_DATA", "HEADSTART_EXERCISE", "HEADSTART_DATABASE_URL"):
        monkeypatch.setenv(name, "")
    (tmp_path / "headstart.sqlite3").write_text("real")
    with pytest.raises(BelongsToAnExercise, match="holds a real instance"):
        open_instance(exercise=True, data=tmp_path)


def test_the_calendar_goes_forward_and_is_found_again(tmp_path: Path) -> None:
    days = calendar.Calendar(opens=story.read_cast().opens, folder=tmp_path)
    days.go_to(5)
    days.go_to(3)  # never back
    assert clock.now() >= days.day(5)
    clock.set_shift(clock.shift() * 0)
    calendar.resume(tmp_path)
    assert days.day(5) <= clock.now() < days.day(5.01)


def test_a_broken_cast_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "cast.toml"
    broken.write_text(story.CAST.read_text().replace('kind = "hub"', 'kinf = "hub"'))
    with pytest.raises(story.CastInvalid, match="kinf") as caught:
        story.read_cast(broken)
    assert "\n" not in str(caught.value)
