"""A report is taken in whole and once, or not at all."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from headstart.errors import Invalid
from headstart.findings import queries, services
from headstart.findings.errors import FindingNotFound, MayNotHandIn
from headstart.people.rules import ANYONE

EXAMPLE = (
    Path(__file__).resolve().parents[2] / "examples" / "reports-offline" / "tinytemplate-include-disclose"
)
pytestmark = pytest.mark.django_db


def test_the_same_report_of_one_finder_is_one_finding_and_of_two_finders_two(cast: Any, data: Path) -> None:
    first = services.hand_in(EXAMPLE, actor=cast.finder)
    assert services.hand_in(EXAMPLE, actor=cast.finder) == first
    other = services.hand_in(EXAMPLE, actor=cast.another_finder)
    assert other != first
    assert other.digest == first.digest
    assert len(list((data / "reports").iterdir())) == 1


def test_a_finding_keeps_the_report_when_the_finders_folder_is_gone(
    cast: Any, data: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(EXAMPLE, mine)
    finding = services.hand_in(mine, actor=cast.finder)
    shutil.rmtree(mine)
    assert (finding.folder / "report.toml").is_file()


def test_a_broken_report_leaves_nothing_behind(cast: Any, data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(EXAMPLE, broken)
    (broken / "inputs" / "trigger.txt").unlink()
    with pytest.raises(Invalid, match=r"trigger\.txt") as caught:
        services.hand_in(broken, actor=cast.finder)
    assert "\n" not in str(caught.value)
    assert not queries.findings(cast.hub).exists()
    assert not list((data / "reports").glob("*")) if (data / "reports").exists() else True


def test_the_public_hands_in_nothing(cast: Any, data: Path) -> None:
    with pytest.raises(MayNotHandIn):
        services.hand_in(EXAMPLE, actor=ANYONE)


@pytest.mark.parametrize(
    "who", ["another_finder", "developer", "evaluator", "authority", "partner", "maintainer", "operator"]
)
def test_a_finding_is_its_finders_and_the_hubs_until_it_is_shared(cast: Any, data: Path, who: str) -> None:
    finding = services.hand_in(EXAMPLE, actor=cast.finder)
    viewer = getattr(cast, who)
    with pytest.raises(FindingNotFound):
        queries.finding(viewer, finding.id)
    services.share(finding, cast.organisation(who), actor=cast.hub)
    assert queries.finding(viewer, finding.id) == finding
