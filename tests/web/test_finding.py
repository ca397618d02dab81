"""One finding's page: what was seen and by whom, what is not known, what can be asked for; hostile text stays text."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.simulators.sweeps import swept
from tests.web.conftest import HOSTILE, World

from headstart import clock
from headstart.findings import services as handing_in
from headstart.findings.models import Reader
from headstart.proofs import services
from headstart.proofs.models import FixCheck, SmallerTrigger, Task

pytestmark = pytest.mark.django_db
OFFLINE = Path(__file__).resolve().parents[2] / "examples" / "reports-offline"
MAY_ASK = ("hub", "finder", "maintainer")
OTHERS = ("another_finder", "another_maintainer", "developer", "evaluator", "authority", "operator")


def text_of(world: World, who: str = "hub") -> str:
    return str(world.seat(who).get(f"/findings/{world.finding.id}/").content.decode())


def test_it_says_whose_code_each_frame_is_and_which_one_decides(world: World) -> None:
    stack = text_of(world).split('aria-label="Stack, innermost first"')[1].split("</ol>")[0]
    rows = re.findall(r'<li class="([^"]*)">.*?class="whose">([^<]*)<', stack)
    assert rows == [
        ("library", "standard library"),
        ("target decides", "the package: this one decides"),
        ("harness", "the harness"),
    ]


def test_no_frame_decides_where_running_could_not_tell(world: World) -> None:
    proof = world.finding.proofs.get()
    for run in proof.runs:
        run["attribution"] = "unknown"
    proof.save()
    assert "this one decides" not in text_of(world)


def test_each_run_has_its_figures_and_its_output_behind_a_summary(world: World) -> None:
    table = text_of(world).split("hs-runs")[1].split("</table>")[0]
    assert table.count('<tr class="above">') == 2
    assert "exit status 1" in table
    assert "9.0</td>" in table  # MiB
    assert table.index("<details>") < table.index("Standard output")
    assert "\u202e" not in table
    assert "␛[31mred⟦U+202E⟧gnp.exe" in table


def test_a_sandbox_that_could_not_measure_memory_says_not_known(world: World) -> None:
    proof = world.finding.proofs.get()
    for run in proof.runs:
        run["peak_memory_bytes"] = None
    proof.save()
    assert 'data-label="Memory, MiB">not known</td>' in text_of(world)


def test_hostile_output_of_a_megabyte_makes_no_large_page(world: World) -> None:
    proof = world.finding.proofs.get()
    proof.runs = [
        {**run, "stdout": f"\x1b[2J{HOSTILE}\u202e" + "x" * (1 << 20), "evidence": "y" * (1 << 20)}
        for run in proof.runs * 60
    ]
    proof.save()
    text = text_of(world)
    assert len(text) < 600_000
    assert "80 more runs are in the receipt" in text
    assert "<script>alert" not in text
    assert not {"\x1b", "\u202e", "\0"} & set(text)


def test_the_limits_the_flags_and_what_nobody_checked_are_told(world: World) -> None:
    text = text_of(world)
    assert "memory: cgroup &lt;script" in text
    assert "<strong>Look at this:</strong> The harness sleeps" in text
    assert "Nobody checked whether the boundary" in text


def test_releases_are_a_picture_with_the_advisory_beside_it_and_a_table_behind(world: World) -> None:
    text = text_of(world)
    section = text.split('id="releases"')[1].split("</section>")[0]
    assert section.count('class="yes"') + section.count('class="no"') + section.count('class="unknown"') > 6
    assert "What the public advisory CVE-2020-0001 says" in section
    assert "What the finder&#x27;s own claim says" in section
    assert "unknown: 1 of 3" in section
    assert section.index("<details>") < section.index('scope="col">Built')


def test_whoever_may_not_know_the_vulnerability_is_not_told_its_advisory(world: World) -> None:
    world.vulnerability.memberships.all().delete()
    world.vulnerability.readers.all().delete()
    world.vulnerability.public_at = world.vulnerability.told_first_at = None
    world.vulnerability.save()
    text = text_of(world, "finder")
    assert "CVE-2020-0001" not in text
    assert world.vulnerability.id not in text


def test_a_fix_is_shown_rung_by_rung_with_its_log_and_receipt(world: World) -> None:
    check = FixCheck.objects.get()
    check.rungs = [
        {"name": "applies", "result": "passed", "why": "to 1 of 1"},
        {"name": "the project's own tests", "result": "failed", "why": f"2 of 9 fail\n{HOSTILE}\x1b[1m"},
        {"name": "every supported line", "result": "not tried", "why": "nothing to try it with"},
    ]
    check.save()
    climb = text_of(world).split("hs-climb")[1].split("</ol>")[0]
    assert re.findall(r'<li class="(\w+)">', climb) == ["done", "stop", "skipped"]
    assert climb.index("<details>") < climb.index("&lt;script&gt;") < climb.index("␛[1m")
    answer = world.seat("maintainer").get(f"/findings/{world.finding.id}/fixes/{check.id}.json")
    assert answer["Content-Type"] == "application/vnd.dsse+json"
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_inputs_and_the_harness_can_be_read_text_as_text_and_bytes_as_hexadecimal(
    world: World, cast: Any, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "report"
    shutil.copytree(OFFLINE / "minirec-repeat-overflow", folder)
    trigger = next((folder / "inputs").glob("trigger*"))
    trigger.write_bytes(b"\x89PNG\0<script>")
    found = handing_in.hand_in(folder, actor=cast.finder)
    text = world.seat("finder").get(f"/findings/{found.id}/").content.decode()
    assert "00000000  89 50 4e 47 00 3c 73 63" in text
    assert 'aria-label="File source/main.c"' in text  # `run` names what is built from it
    assert "#include &lt;" in text
    assert "Boundary that is crossed" not in text  # nothing ran yet
    services.ask(found.id, "prove", actor=cast.finder)
    assert "waits for its turn" in world.seat("finder").get(f"/findings/{found.id}/").content.decode()


def test_a_report_whose_files_are_not_here_is_still_a_page(world: World) -> None:
    assert "files are not on this machine" in text_of(world)


@pytest.mark.parametrize("who", MAY_ASK)
def test_those_who_may_ask_have_the_buttons_and_use_them(world: World, who: str) -> None:
    client = world.seat(who)
    address = f"/findings/{world.finding.id}/"
    for verb in ("prove", "sweep", "minimise"):
        assert f'name="verb" value="{verb}"' in text_of(world, who)
        assert client.post(f"{address}ask", {"verb": verb}).status_code == 302
    done = client.post(f"{address}ask", {"verb": "fix", "release": " 1.4.0 "}, follow=True)
    assert "Check a fix 1.4.0" in done.content.decode()
    assert {(each.verb, each.state) for each in Task.objects.all()} == {
        (each, "queued") for each in ("prove", "sweep", "minimise", "fix")
    }


def test_what_was_not_believed_has_no_button_that_would_show_nothing(world: World) -> None:
    world.finding.proofs.update(rung="refuted")
    text = text_of(world)
    assert 'value="prove"' in text
    for asked in ({"verb": "sweep"}, {"verb": "minimise"}, {"verb": "fix", "release": "1.4.0"}):
        assert f'value="{asked["verb"]}"' not in text
        assert world.seat("hub").post(f"/findings/{world.finding.id}/ask", asked).status_code == 409


def test_a_reader_who_may_not_ask_has_no_buttons_and_is_refused(world: World, cast: Any) -> None:
    Reader.objects.create(finding=world.finding, organisation=cast.organisation("partner"))
    assert 'name="verb"' not in text_of(world, "partner")
    assert (
        world.seat("partner").post(f"/findings/{world.finding.id}/ask", {"verb": "prove"}).status_code == 403
    )


@pytest.mark.parametrize("who", OTHERS)
def test_to_others_no_part_of_a_finding_is_there(world: World, who: str) -> None:
    smaller = SmallerTrigger.objects.create(
        finding=world.finding, path="t", content=b"x", was_bytes=9, runs=1, stopped="done", at=clock.now()
    )
    check = FixCheck.objects.get()
    client = world.seat(who)
    for tail in ("", "asked", "receipt.json", f"fixes/{check.id}.json", f"smaller/{smaller.pk}"):
        assert client.get(f"/findings/{world.finding.id}/{tail}").status_code == 404, tail
        assert Client().get(f"/findings/{world.finding.id}/{tail}").status_code == 404, tail
    assert client.post(f"/findings/{world.finding.id}/ask", {"verb": "prove"}).status_code == 404
    assert not Task.objects.exists()


def test_a_look_never_asks_and_a_form_from_elsewhere_is_refused(world: World) -> None:
    assert world.seat("hub").get(f"/findings/{world.finding.id}/ask").status_code == 405
    strict = world.seat("hub", Client(enforce_csrf_checks=True))
    assert strict.post(f"/findings/{world.finding.id}/ask", {"verb": "prove"}).status_code == 403


def test_the_part_that_is_fetched_anew_is_empty_until_something_changes(world: World) -> None:
    client = world.seat("finder")
    task = services.ask(world.finding.id, "sweep", actor=world.cast.finder)
    address = f"/findings/{world.finding.id}/asked"
    assert client.get(address).status_code == 302  # without htmx: to the page
    first = client.get(address, headers={"HX-Request": "true"})
    assert "waits for its turn" in first.content.decode()
    seen = re.search(r"\?seen=(\w+)", first.content.decode())
    assert seen
    again = client.get(f"{address}?seen={seen[1]}", headers={"HX-Request": "true"})
    assert (again.status_code, again.content) == (204, b"")
    Task.objects.update(state="running", done=3, total=9)
    moved = client.get(f"{address}?seen={seen[1]}", headers={"HX-Request": "true"}).content.decode()
    assert '<progress max="9" value="3"' in moved
    assert "hx-trigger" in moved
    services.give_up(task.id, f"no sandbox {HOSTILE}")
    ended = client.get(f"{address}?seen={seen[1]}", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in ended
    assert "Show what came of it" in ended
    assert "<script>" not in ended


def test_a_smaller_trigger_is_saved_and_never_shown_by_the_browser(world: World) -> None:
    content = HOSTILE.encode()
    made = SmallerTrigger.objects.create(
        finding=world.finding, path="inputs/trigger.txt", content=content, was_bytes=5000, runs=1234,
        stopped="one-minimal", at=clock.now(),
    )  # fmt: skip
    assert "63 bytes instead of 4.9 KiB" in text_of(world).replace(f"{len(content)} bytes", "63 bytes")
    assert "1,234 runs; nothing single can be dropped any more" in text_of(world)
    answer = world.seat("finder").get(f"/findings/{world.finding.id}/smaller/{made.pk}")
    assert answer.content == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_vulnerability_takes_its_releases_from_all_of_its_findings(world: World, cast: Any) -> None:
    other = handing_in.hand_in(OFFLINE / "minirec-repeat-overflow", actor=cast.another_finder)
    swept(other, {"1.2.0": "no", "1.3.0": "no", "1.4.0": "yes", "1.5.0": "unknown"})
    world.vulnerability.memberships.create(
        finding=other, basis="behaves the same", evidence=[], since=clock.now()
    )
    text = world.seat("hub").get(f"/vulnerabilities/{world.vulnerability.id}/").content.decode()
    assert "affected: 2 of 4" in text
    assert "unknown: 2 of 4" in text  # 1.2.0 too: one sweep says no, the other does not know
    listed = world.seat("hub").get("/vulnerabilities/").content.decode()
    assert "2 affected, 0 not, 2 unknown, of 4 releases" in listed
    mine = world.seat("finder").get(f"/vulnerabilities/{world.vulnerability.id}/").content.decode()
    assert "affected: 1 of 3" in mine  # another finder's runs are not shown


def test_the_list_of_vulnerabilities_asks_the_database_no_more_for_many(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from headstart.vulnerabilities.models import Vulnerability

    client = world.seat("hub")
    with CaptureQueriesContext(connection) as one:
        client.get("/vulnerabilities/")
    for number in range(6):
        Vulnerability.objects.create(
            package=f"pkg:pypi/p{number}", title="T", summary="S", opened_at=clock.now()
        )
    with CaptureQueriesContext(connection) as many:
        assert client.get("/vulnerabilities/").content.decode().count("pkg:pypi/p") == 0
    assert len(many) == len(one)
