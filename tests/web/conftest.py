"""One window with everything in it that a page can show, some of it hostile; and a browser of the test's own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.simulators import runs
from tests.simulators.sweeps import swept
from tests.web.parties import Parties

from headstart import clock
from headstart.advisories import services as releasing
from headstart.benchmarks.models import Evaluation, ItemResult
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.work import reporting
from headstart.cases import services as coordinating
from headstart.cases.rules import Role
from headstart.exposure import services as operating
from headstart.findings.models import Finding
from headstart.ledger import services as ledger
from headstart.ledger.work import load_or_make_key
from headstart.people import services as peopling
from headstart.people.rules import Viewer
from headstart.priority import services as ranking
from headstart.proofs.models import FixCheck, Proof
from headstart.reviews import services as reviewing
from headstart.reviews.work import load_programme
from headstart.vulnerabilities.models import Membership, Vulnerability

OF_A_REVIEW = ("terms", "documents", "exports", "interests", "keys", "usage")
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WATCH = """
window.broken = [];
document.addEventListener('securitypolicyviolation', e => window.broken.push(e.violatedDirective + ' ' + e.blockedURI));
"""
PACKAGE = "pkg:pypi/tinytemplate"
STACK = [
    {"file": f"/target/{file}", "line": 7, "function": function, "place": place}
    for file, function, place in (
        ("os.py", "open", "library"), ("tinytemplate/render.py", f"include {HOSTILE}", "target"),
        ("harness.py", "<module>", "harness"),
    )
]  # fmt: skip
SBOM = b"""{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
  {"type": "library", "name": "tinytemplate", "version": "1.3.0", "purl": "pkg:pypi/tinytemplate@1.3.0"}]}"""


@dataclass
class World:
    """What the pages are about."""

    cast: Any
    review: Any
    finding: Any
    vulnerability: Any
    case: Any
    advisory: Any
    evaluation: Any
    seat: Callable[[str], Client]

    def addresses(self) -> list[str]:
        """Every page that the hub can open."""
        return [
            "/",
            f"/window?review={self.review.id}",
            "/reviews/",
            f"/reviews/{self.review.id}/",
            *(f"/reviews/{self.review.id}/{page}" for page in OF_A_REVIEW),
            f"/evaluations/{self.evaluation.id}/",
            f"/evaluations/{Evaluation.objects.exclude(id=self.evaluation.id).get().id}/",
            f"/evaluations/compare?a={self.evaluation.id}&b={self.evaluation.id}",
            "/evaluations/compare",
            "/evaluations/",
            f"/evaluations/{self.evaluation.id}/transcripts",
            "/families/",
            "/families/find-parser-flaw/",
            "/programmes/",
            "/programmes/eo14409/",
            "/programmes/compare?a=eo14409&b=eu-ai-act",
            "/findings/",
            "/findings/?rung=contrasted&q=tiny",
            f"/findings/{self.finding.id}/",
            "/vulnerabilities/",
            f"/vulnerabilities/{self.vulnerability.id}/",
            "/operators/",
            f"/operators/{self.cast.operator.organisation_id}/",
            "/advisories/",
            "/ledger/",
        ]


@pytest.fixture
def seat(cast: Any) -> Callable[[str], Client]:
    """A browser's cookies, signed in as a member of that organisation of the cast: `seat("operator")`."""

    def take(name: str, client: Client | None = None) -> Client:
        client = client or Client()
        viewer: Viewer = getattr(cast, name)
        found = get_user_model().objects.filter(username=name).first()
        if found is None:
            member = peopling.seat(cast.organisation(name), name, actor=cast.hub)
            found = member.user
        assert viewer.organisation_id
        client.force_login(found, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return take


@pytest.fixture
def world(cast: Any, data: Any, seat: Any, django_capture_on_commit_callbacks: Any) -> World:
    """A window in its third week: measured, found, told, half patched."""
    review = _review(cast)
    _evaluation(cast, review)
    evaluation = _reported(data)
    finding = _finding(cast, review)
    _prove(finding)
    vulnerability = _vulnerability(finding)
    _check_fix(finding, vulnerability)
    case = _case(cast, vulnerability)
    for operator, exposed in ((cast.operator, "yes"), (cast.another_operator, "unknown")):
        operating.hand_in(SBOM, actor=operator, asset="Patient portal", exposed=exposed)
    operating.match(vulnerability.id, actor=cast.hub)
    advisory = releasing.draft(vulnerability.id, actor=cast.hub)
    with django_capture_on_commit_callbacks(execute=True):
        releasing.release(advisory.id, "first", actor=cast.hub)
        coordinating.exit_embargo(case.id, actor=cast.hub, reason="its time has come")
        releasing.release(advisory.id, "everyone", actor=cast.hub)
    ranking.rank(vulnerability.id, actor=cast.hub)
    ledger.checkpoint(origin="test/log", key=load_or_make_key(data / "keys" / "hub.pem"))
    return World(cast, review, finding, vulnerability, case, advisory, evaluation, seat)


def _evaluation(cast: Any, review: Any) -> None:
    made = Evaluation.objects.create(
        evaluator_id=cast.evaluator.organisation_id,
        developer_id=cast.developer.organisation_id,
        subject=review.urn,
        model_name=f"model {HOSTILE}",
        scaffold="plain loop",
        families={},
        commitment="0" * 64,
        plan={},
        sealed_at=clock.now(),
        ability=0.42,
        standard_error=0.36,
        low=-0.31,
        high=1.12,
        solved=1,
        counted=2,
        rate_low=0.1,
        rate_high=0.9,
        refusals=1,
        infrastructure=0,
        budget={},
        sandbox="bubblewrap",
        weaker=False,
        log_digest="0" * 64,
        started_at=clock.now(),
        ended_at=clock.now(),
    )
    for at, outcome in enumerate(("solved", "failed", "refused")):
        ItemResult.objects.create(
            evaluation=made, item=f"item-{at}", family="find-memory-flaw", side="offence", seed="0", level=at,
            difficulty=at - 1.0, outcome=outcome, elsewhere=False, order=at, seconds=1.0,
        )  # fmt: skip


def _reported(data: Path) -> Evaluation:
    """Another evaluation, with a report and a folder."""
    runs.write(data / "evaluations" / "one", runs.Made(items=12))
    first = Evaluation.objects.get()
    row = {field.attname: getattr(first, field.attname) for field in Evaluation._meta.fields}
    row |= {
        "id": "evl_reported",
        "subject": "urn:headstart:model:1",
        "report": hostile_report(),
        "folder": "evaluations/one",
    }
    return Evaluation.objects.create(**row)


@cache
def hostile_report() -> dict[str, Any]:
    """A report on a run in which what people and models wrote is hostile."""
    made = runs.Made(
        model=f"lab/model \x1b[31m\u202e {HOSTILE}",
        items=30,
        attempts=2,
        real=True,
        families=("find-parser-flaw", "mend-web-flaw", f"odd {HOSTILE}"),
        shares={Outcome.REFUSED: 0.1, Outcome.INFRASTRUCTURE: 0.1},
        cheats=0.2,
        header={
            "scaffold": f"loop {HOSTILE}",
            "independence": f"\x1b[31m\u202e{HOSTILE}",
            "snapshot": "</title>",
        },
        plan={"claim": f"</pre>{HOSTILE}", "thresholds": {f"much \x1b[31m\u202e {HOSTILE}": 1.0}},
    )
    weak = runs.Made(model=f"reference/fuzzer {HOSTILE}", items=20, ability=-3.0)
    with tempfile.TemporaryDirectory() as folder:
        before = runs.write(Path(folder) / "before", weak)
        return reporting.report(runs.write(Path(folder) / "run", made), against=[before])


def _review(cast: Any) -> Any:
    review = reviewing.enquire("A model, snapshot 1", load_programme("eo14409"), actor=cast.developer)
    reviewing.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    clock.set_shift(timedelta(days=18))
    return review


def _finding(cast: Any, review: Any) -> Finding:
    finding = Finding.objects.create(
        finder_id=cast.finder.organisation_id,
        review=review,
        digest="ab" * 32,
        title=f"A template that includes any file {HOSTILE}",
        summary=f"What goes wrong. {HOSTILE}",
        purl=f"{PACKAGE}@1.3.0",
        package=PACKAGE,
        expect="disclose",
        weaknesses=["CWE-22"],
        claimed_vers="vers:pypi/<1.4.0",
        ai="model/snapshot",
        received_at=clock.now(),
    )
    ledger.append(
        actor=cast.finder.organisation_id,
        kind="finding.handed_in",
        subject=finding.urn,
        details={"title": finding.title},
        audience=[cast.finder.organisation_id],
    )
    return finding


def _prove(finding: Finding) -> None:
    runs = [
        {"role": role, "input": f"inputs/{name}", "seen": seen, "broken": "", "evidence": f"ended {HOSTILE}",
         "attribution": "target", "ended": "exited", "status": 1, "signal": None, "wall_seconds": 0.3,
         "peak_memory_bytes": 9 << 20, "stack": STACK if seen else [], "cpu_seconds": 0.2,
         "stdout": f"</pre>{HOSTILE}" + "x" * 9000, "stderr": "\x1b[31mred\u202egnp.exe" if seen else ""}
        for role, name, seen in (("trigger", "trigger.txt", True), ("control", "benign.txt", False))
    ]  # fmt: skip
    Proof.objects.create(
        finding=finding,
        rung="contrasted",
        attribution="target",
        k=3,
        n=3,
        control="silent",
        contrast="1.4.0",
        sentence="The package hands out a secret file on the trigger in 3 of 3 runs, not on the control.",
        crash_state=["tinytemplate/render.py:include"],
        runs=runs,
        flags=[{"code": "x", "sentence": f"The harness sleeps {HOSTILE}", "path": "harness.py", "line": 3}],
        unchecked=["whether the boundary that is named is one"],
        receipt={"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []},
        sandbox="bubblewrap",
        limits=[f"memory: cgroup {HOSTILE}"],
        at=clock.now(),
    )
    swept(finding, {"1.2.0": "unknown", "1.3.0": "yes", "1.4.0": "no"}, note=HOSTILE)


def _check_fix(finding: Finding, vulnerability: Vulnerability) -> None:
    check = FixCheck.objects.create(
        about=vulnerability.id,
        release="1.4.0",
        rungs=[{"name": "applies", "result": "passed", "why": HOSTILE}],
        held=True,
        sentence="The fix 1.4.0 holds: 1 of 7 rungs passed, none failed.",
        receipt={"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []},
        at=clock.now(),
    )
    check.findings.add(finding)


def _vulnerability(finding: Finding) -> Vulnerability:
    found = Vulnerability.objects.create(
        package=PACKAGE,
        title=finding.title,
        summary=finding.summary,
        weaknesses=finding.weaknesses,
        affected_vers="vers:pypi/>=1.0.0|<1.4.0",
        fixed_in="1.4.0",
        beside=[
            {
                "id": "GHSA-xxxx-yyyy-zzzz",
                "aliases": ["CVE-2020-0001"],
                "vers": "vers:pypi/<1.3.0",
                "releases": 3,
                "answered": 2,
                "differ": [{"version": "1.3.0", "ours": "yes", "theirs": "no"}],
            }
        ],
        opened_at=clock.now(),
    )
    Membership.objects.create(
        vulnerability=found, finding=finding, basis="opened it", evidence=[], since=clock.now()
    )
    return found


def _case(cast: Any, vulnerability: Vulnerability) -> Any:
    case = coordinating.open_case(vulnerability.id, actor=cast.hub)
    coordinating.propose_embargo(case.id, clock.now() + timedelta(days=20), actor=cast.hub)
    coordinating.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.hub)
    coordinating.write(case.id, f"Hello {HOSTILE}", f"A letter {HOSTILE}", actor=cast.hub)
    return case


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for all. Playwright's event loop runs in this thread: Django must bear being called beside it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
            yield browser
        browser.close()


@pytest.fixture
def look(browse: Callable[..., Page], world: World) -> Callable[..., Page]:
    """A page of the window with everything in it."""
    assert world
    return browse


@pytest.fixture
def browse(chromium: Browser, live_server: Any, seat: Any) -> Iterator[Callable[..., Page]]:
    """A page, looked at from a seat of the cast; with what went wrong in it in `page.wrong`."""
    opened: list[BrowserContext] = []

    def as_(who: str | None, address: str, *, width: int = 1280, script: bool = True) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        opened.append(context)
        if who:
            cookie = seat(who).cookies[_session_name()]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.wrong = []  # type: ignore[attr-defined]
        page.add_init_script(WATCH)
        page.on("console", lambda said: said.type in ("error", "warning") and page.wrong.append(said.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.wrong.append(str(error)))  # type: ignore[attr-defined]
        page.on("requestfailed", lambda request: page.wrong.append(request.url))  # type: ignore[attr-defined]
        page.goto(f"{live_server.url}{address}")
        return page

    yield as_
    for context in opened:
        context.close()


def _session_name() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)


@pytest.fixture
def parties(cast: Any, seat: Any, data: Path) -> Parties:
    """The parties of a review that nobody asked for yet."""
    assert data
    return Parties(cast, seat)
