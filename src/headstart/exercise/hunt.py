"""The middle steps: the model hunts, finders report, and the hub believes what it ran."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from headstart.exercise.reaching import reached
from headstart.exercise.story import EXAMPLES, Progress, Result, Story, table_of
from headstart.findings import queries as findings
from headstart.findings import services as handing_in
from headstart.proofs import queries as proofs
from headstart.reports import work as reports
from headstart.scans import services as claiming
from headstart.scans import work as scans
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities import services as grouping


def scan(story: Story, progress: Progress) -> Result:
    """Step 4: the model is pointed at an old release of a real package, and hands in what it finds."""
    evaluator = story.viewers["evaluator"]
    target = story.scan_target
    claim = claiming.claim(str(target.purl.without_version), actor=evaluator, days=7)
    with reached(story, "evaluator") as model:
        found = scans.scan(
            target,
            model_spec=model,
            store=story.store,
            sandbox=story.sandbox,
            into=story.data / "scans",
            progress=progress,
        )
    handed = [
        handing_in.hand_in(each.path, actor=evaluator, review_id=story.kept["review"]) for each in found
    ]
    claiming.release(claim.id, actor=evaluator)
    story.kept["model_findings"] = [each.id for each in handed]
    return Result(
        ok=len(handed) > 0,
        lines=[
            f"target {target.purl}, claimed for 7 days so that nobody else scans it meanwhile",
            *(f"the model hands in: {each.title}" for each in handed),
        ],
        facts={"target": str(target.purl), "findings": [each.title for each in handed]},
    )


def hand_in(story: Story, progress: Progress) -> Result:
    """Step 5: other finders hand in what they have."""
    folders = sorted(each for each in story.reports.iterdir() if each.is_dir())
    by_name = {viewer.name: viewer for viewer in story.viewers.values()}
    finders = [story.viewers[each.key] for each in story.cast.of_kind("finder")]
    for done, folder in enumerate(folders, 1):
        named = reports.read(folder).report.finder.organisation
        handing_in.hand_in(folder, actor=by_name.get(named, finders[done % len(finders)]))
        progress(done, len(folders))
    return Result(
        ok=len(folders) > 0,
        lines=[f"{len(folders)} reports with their proofs, from {len(finders)} finders"],
        facts={"reports": [each.name for each in folders]},
    )


def _wait(story: Story, count: Callable[[], tuple[int, int]], progress: Progress) -> None:
    """Wait for the pipeline, showing what is counted rather than jobs."""
    story.worker.drain(progress=lambda _done, _known: progress(*count()))


def prove(story: Story, progress: Progress) -> Result:
    """Step 6: the hub runs each report in fresh sandboxes, and merges those that behave the same."""

    def count() -> tuple[int, int]:
        every = findings.findings(story.hub).count()
        return proofs.proved(story.hub), every

    _wait(story, count, progress)
    rungs: Counter[str] = Counter()
    lines, rows = [], []
    for finding in findings.findings(story.hub):
        proof = proofs.latest_proof(story.hub, finding.id)
        rung = proof.rung if proof else "claimed"
        rungs[rung] += 1
        attribution = proof.attribution if proof else "unknown"
        rows.append({"title": finding.title, "purl": finding.purl, "rung": rung, "attribution": attribution})
        lines.append(f"[{rung}] {finding.title} ({finding.purl})")
    merged = [
        each
        for found in vulnerabilities.vulnerabilities(story.hub)
        for each in vulnerabilities.memberships(story.hub, found.id)
        if each.basis != "opened it" and each.undone_at is None
    ]
    groups = vulnerabilities.vulnerabilities(story.hub).count()
    lines += [f"merged: “{each.finding.title}” into “{each.vulnerability.title}”" for each in merged]
    return Result(
        ok=rungs["claimed"] == 0 and groups > 0,
        lines=[*lines, f"{sum(rungs.values())} findings: {table_of(rungs)}; {groups} vulnerabilities"],
        facts={"findings": rows, "rungs": dict(rungs), "merged": len(merged), "vulnerabilities": groups},
    )


def _in_words(differ: list[dict[str, str]]) -> str:
    """The releases on which an advisory says something else: by name, and from first to last where they are many."""
    words = []
    for ours in ("yes", "no", "unknown"):
        named = [row["version"] for row in differ if row["ours"] == ours]
        if len(named) > 4:
            named = [f"{named[0]} to {named[-1]} ({len(named)} releases)"]
        if named:
            words.append(f"{', '.join(named)} (here: {ours})")
    return "; ".join(words)


def find_ranges(story: Story, progress: Progress) -> Result:
    """Step 7: which releases are affected, by running them, beside what the public advisory says."""
    for each in sorted((EXAMPLES / "advisories").glob("*.json")):
        record = msgspec.json.decode(each.read_bytes())
        for found in vulnerabilities.vulnerabilities(story.hub):
            if record["id"] not in {held["id"] for held in found.beside}:
                grouping.hold_beside(found.id, record, actor=story.hub)
    every = list(vulnerabilities.vulnerabilities(story.hub))
    lines: list[str] = []
    rows: list[dict[str, Any]] = []
    for done, found in enumerate(every, 1):
        lines.append(f"{found.package}: {found.affected_vers or 'not known'}")
        for held in found.beside:
            differ = _in_words(held["differ"])
            lines.append(
                f"  {held['id']} says {held['vers']}: "
                + (
                    f"differs on {differ}"
                    if differ
                    else f"agrees on all {held['answered']} releases that answered"
                )
            )
        rows.append({"package": found.package, "affected": found.affected_vers, "beside": found.beside})
        progress(done, len(every))
    return Result(ok=any(each.affected_vers for each in every), lines=lines, facts={"ranges": rows})
