"""By when, from what is known; and what stays open where something is not."""

import io
import itertools
import json
import tarfile
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import zstandard

from headstart.priority import work
from headstart.priority.errors import SignalsInvalid, TableInvalid
from headstart.priority.rules import tables
from headstart.priority.rules.decisions import Answer, Impact, Inputs, Timeline, decide

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
TABLE = work.bod_26_04()


def inputs(exposed: Answer, in_kev: Answer, automatable: Answer, impact: Impact) -> Inputs:
    return Inputs(exposed=exposed, in_kev=in_kev, automatable=automatable, impact=impact)


def known() -> list[Inputs]:
    answers = [YES, NO]
    return [
        inputs(*row) for row in itertools.product(answers, answers, answers, [Impact.PARTIAL, Impact.TOTAL])
    ]


def test_what_is_all_known_has_one_answer() -> None:
    assert all(len(decide(TABLE, each).possible) == 1 for each in known())


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (inputs(NO, NO, NO, Impact.TOTAL), Timeline.UPGRADE),
        (inputs(NO, NO, YES, Impact.TOTAL), Timeline.DAYS_60),
        (inputs(NO, YES, YES, Impact.PARTIAL), Timeline.DAYS_14),
        (inputs(NO, YES, YES, Impact.TOTAL), Timeline.DAYS_3_TRIAGE),
        (inputs(YES, NO, NO, Impact.PARTIAL), Timeline.DAYS_60),
        (inputs(YES, NO, YES, Impact.TOTAL), Timeline.DAYS_3),
        (inputs(YES, YES, YES, Impact.PARTIAL), Timeline.DAYS_3),
    ],
)
def test_rows_read_from_the_directive(asked: Inputs, answer: Timeline) -> None:
    assert decide(TABLE, asked).possible == (answer,)


def test_learning_more_never_adds_an_answer() -> None:
    for each in known():
        sure = set(decide(TABLE, each).possible)
        for blank in ("exposed", "in_kev", "automatable", "impact"):
            fields = {name: getattr(each, name) for name in ("exposed", "in_kev", "automatable", "impact")}
            fields[blank] = Impact.UNKNOWN if blank == "impact" else UNKNOWN
            assert sure <= set(decide(TABLE, Inputs(**fields)).possible)


def test_nothing_known_leaves_every_answer_and_orders_by_the_most_urgent() -> None:
    decision = decide(TABLE, Inputs())
    assert set(decision.possible) == set(Timeline)
    assert (decision.earliest, decision.latest) == (Timeline.DAYS_3_TRIAGE, Timeline.UPGRADE)
    assert decision.forensic_triage is UNKNOWN
    assert decision.sentence == "within 3 days, or at the next upgrade: it depends on what is not known yet"


def test_reach_matters_only_where_it_would_change_the_answer() -> None:
    decision = decide(TABLE, inputs(UNKNOWN, NO, YES, Impact.TOTAL))
    assert decision.reach_matters
    assert (decision.if_exposed, decision.if_not_exposed) == ((Timeline.DAYS_3,), (Timeline.DAYS_60,))
    assert decision.sentence == "within 3 to 60 days: it depends on what is not known yet"
    assert not decide(TABLE, inputs(UNKNOWN, YES, YES, Impact.TOTAL)).reach_matters


def test_triage_is_asked_for_by_its_own_row_alone() -> None:
    wanted = [each for each in known() if decide(TABLE, each).forensic_triage is YES]
    assert len(wanted) == 3
    assert all(each.in_kev is YES and each.impact is Impact.TOTAL for each in wanted)


def test_days_are_counted_from_the_day_it_is_told() -> None:
    told = date(2026, 12, 1)
    assert Timeline.DAYS_3.due(told) == date(2026, 12, 4)
    assert Timeline.DAYS_60.due(told) == date(2027, 1, 30)
    assert Timeline.UPGRADE.due(told) is None


def ours() -> dict[str, Any]:
    file = resources.files("headstart.priority").joinpath("tables/cisa_bod_26_04.json")
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def test_a_table_that_leaves_a_question_open_is_refused() -> None:
    for change in (
        lambda document: document["mapping"].pop(),
        lambda document: document["mapping"].append(document["mapping"][0]),
        lambda document: document["mapping"][0].update({"cisa:BOD2604:1.0.0": "5D"}),
        lambda document: document["mapping"][0].pop("cisa:PE:1.0.0"),
        lambda document: document.pop("outcome"),
    ):
        document = ours()
        change(document)
        with pytest.raises(TableInvalid):
            tables.read(document)


@pytest.mark.shared
def test_our_table_is_the_one_that_cert_cc_publishes(shared: Path) -> None:
    packed = (shared / "data" / "risk" / "ssvc_data.tar.zst").read_bytes()
    data = zstandard.ZstdDecompressor().stream_reader(packed).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as files:
        held = files.extractfile("data/json/decision_tables/cisa/cisa_bod_26_04_1_0_0.json")
        assert held is not None
        theirs = json.load(held)
    mine = ours()

    def rows(document: dict[str, Any]) -> set[frozenset[tuple[str, str]]]:
        return {frozenset(each.items()) for each in document["mapping"]}

    def values(document: dict[str, Any]) -> dict[str, list[str]]:
        return {
            name: [each["key"] for each in point["values"]]
            for name, point in document["decision_points"].items()
        }

    assert rows(mine) == rows(theirs)
    assert values(mine) == values(theirs)
    assert mine["outcome"] == theirs["outcome"]


def test_a_missing_catalogue_says_unknown_and_not_no(tmp_path: Path) -> None:
    signals = work.read_signals(tmp_path)
    assert signals.in_kev({"CVE-2021-44228"}) is UNKNOWN
    assert signals.chance({"CVE-2021-44228"}) is None


def test_signals_are_read_as_they_are_published(tmp_path: Path) -> None:
    catalogue = {"title": "KEV", "vulnerabilities": [{"cveID": "CVE-2021-44228", "product": "x"}]}
    (tmp_path / "known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))
    (tmp_path / "epss.csv").write_text(
        "#model_version:v2025,score_date:2026-11-20\ncve,epss,percentile\nCVE-2021-44228,0.97,0.99\n"
    )
    signals = work.read_signals(tmp_path)
    assert signals.in_kev({"CVE-2021-44228"}) is YES
    assert signals.in_kev({"CVE-2020-0001"}) is NO
    assert signals.in_kev(set()) is UNKNOWN  # no CVE id: nobody can have looked it up
    assert signals.chance({"CVE-2021-44228", "CVE-2020-0001"}) == 0.97


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("known_exploited_vulnerabilities.json", b"{"),
        ("known_exploited_vulnerabilities.json", b'{"vulnerabilities": [{"id": 1}]}'),
        ("epss.csv", b"cve,percentile\nCVE-1,0.5\n"),
        ("epss.csv", b"cve,epss\nCVE-1,7\n"),
        ("epss.csv", b"cve,epss\nCVE-1,high\n"),
        ("epss.csv", b"\xff\xfe\x00"),
    ],
)
def test_a_broken_file_of_signals_is_told_not_taken_for_an_absent_one(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SignalsInvalid) as caught:
        work.read_signals(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.shared
def test_the_published_catalogue_and_scores_are_read(shared: Path, tmp_path: Path) -> None:
    risk = shared / "data" / "risk"

    def unpacked(name: str, to: str) -> Path:
        path = tmp_path / to
        path.write_bytes(zstandard.ZstdDecompressor().stream_reader((risk / name).read_bytes()).read())
        return path

    kev = work.read_kev(unpacked("known_exploited_vulnerabilities.json.zst", "kev.json"))
    assert len(kev) == 1404
    assert "CVE-2025-48384" in kev
    for name in ("epss_kev_subset_2026-08-22.csv.zst", "epss_exploited_subset_2025-07-05.csv.zst"):
        assert len(work.read_epss(unpacked(name, "epss.csv"))) > 1000
