"""The corpus itself: every folder can be read, and comes out as is expected of it where it can run here."""

import re
from pathlib import Path

import pytest

from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.work import examples
from headstart.reports import work as reports
from headstart.reports.rules import Expect, lint
from headstart.sandbox.work import choose

CORPUS = Path(__file__).parent
ROOT = CORPUS.parents[1]
FOLDERS = examples.folders(CORPUS)
EXPECTED = examples.expected(CORPUS)
TRUE = sorted(name for name, each in EXPECTED.items() if each.is_true)
OFFLINE = sorted(name for name, each in EXPECTED.items() if each.offline)
ONLINE = ("pypi-jaraco-context-tarball", "pypi-orjson-nested-arrays", "pypi-pyjwt-issuer-part")


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> work.Setting:
    store = Store(tmp_path_factory.mktemp("store"), local=(ROOT / "examples" / "targets",))
    return work.Setting(store=store, sandbox=choose(tmp_path_factory.mktemp("sandbox")), runs=1)


def test_every_report_is_expected_to_be_something_and_no_two_are_the_same() -> None:
    assert not examples.faults(CORPUS)


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_a_report_reads_and_its_lints_show_nothing_that_is_not_expected(name: str) -> None:
    folder = reports.read(FOLDERS[name])
    shown = {flag.code for flag in lint(folder.report, folder.content())}
    assert shown <= EXPECTED[name].flags


@pytest.mark.parametrize("name", TRUE)
def test_a_true_report_names_its_cve_and_was_written_for_an_affected_release(name: str) -> None:
    wanted, report = EXPECTED[name], reports.read(FOLDERS[name]).report
    assert re.fullmatch(r"CVE-\d{4}-\d{4,7}", wanted.cve)
    assert wanted.advisory is not None
    assert wanted.advisory.contains(str(report.purl.version)) is Affected.YES or wanted.explains(
        str(report.purl.version)
    )
    assert (wanted.attribution == "unknown") >= (report.proof.expect is Expect.DECIDE)


def test_there_are_true_reports_of_every_kind() -> None:
    kinds = {reports.read(FOLDERS[name]).report.proof.expect for name in TRUE}
    assert kinds == set(Expect)


@pytest.mark.sandbox
@pytest.mark.parametrize("name", OFFLINE)
def test_a_report_that_needs_no_network_comes_out_as_expected(name: str, setting: work.Setting) -> None:
    (row,) = examples.examples_table(CORPUS, setting=setting, names=[name])
    assert row.holds, row.verdict.sentence


@pytest.mark.sandbox
@pytest.mark.network
@pytest.mark.parametrize("name", ONLINE)
def test_a_report_on_a_real_package_comes_out_as_expected(name: str, setting: work.Setting) -> None:
    (row,) = examples.examples_table(CORPUS, setting=setting, names=[name])
    assert row.holds, row.verdict.sentence
