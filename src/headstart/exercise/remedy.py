"""The last steps: who is affected, what to do by when, cases, advisories, deployment, and the picture."""

from typing import Any

from headstart.advisories import queries as advisories
from headstart.advisories import services as releasing
from headstart.advisories import work as following
from headstart.cases import queries as cases
from headstart.cases import services as coordinating
from headstart.cases.rules import Role
from headstart.exercise.story import Progress, Result, Story
from headstart.exposure import queries as exposure
from headstart.exposure import services as deploying
from headstart.ledger.work import hub_key
from headstart.packages.rules.purl import parse
from headstart.people import queries as people
from headstart.priority import queries as priority
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries as vulnerabilities

AGREED = ("active", "exited")


def match(story: Story, progress: Progress) -> Result:
    """Step 8: who runs it, what first, by when, and why."""
    story.worker.drain(progress=progress)
    lines: list[str] = []
    facts: dict[str, Any] = {}
    for player in story.cast.of_kind("operator"):
        viewer = story.viewers[player.key]
        tasks = list(priority.tasks(story.hub, viewer.organisation_id))
        lines.append(f"{player.name}: {len(tasks)} things to do")
        lines += [f"  {each.what} {each.by_when}" for each in tasks[:3]]
        facts[player.key] = [{"what": each.what, "by_when": each.by_when, "why": each.why} for each in tasks]
    return Result(ok=any(facts.values()), lines=lines, facts={"tasks": facts})


def open_cases(story: Story, progress: Progress) -> Result:
    """Step 9, first half: the maintainer is told, and an embargo agreed."""
    found = list(cases.cases(story.hub))
    until = story.calendar.day(story.cast.days["embargo_ends"])
    for done, case in enumerate(found, 1):
        if case.embargo in AGREED:  # an earlier run came this far
            continue
        package = parse(case.vulnerability.package).name
        maintainer = story.viewers[f"maintainer:{package}"]
        decision = story.cast.decisions.get(package)
        if decision:
            coordinating.decide(
                case.id, automatable=decision.automatable, impact=decision.impact, actor=story.hub
            )
        coordinating.propose_embargo(case.id, until, actor=story.hub)
        coordinating.invite(
            case.id,
            people.organisation(story.hub, maintainer.organisation_id),
            Role.MAINTAINER,
            actor=story.hub,
        )
        for party in list(case.parties.select_related("organisation")):
            coordinating.answer_embargo(case.id, accept=True, actor=party.organisation.as_viewer())
        progress(done, len(found))
    story.worker.drain()
    active = [each for each in cases.cases(story.hub) if each.embargo in AGREED]
    # Django's outbox puts letters of the same second into one file; those of the review are not meant
    outbox = sum(
        each.read_bytes().count(b"\nSubject: [security]") for each in (story.data / "outbox").glob("*.log")
    )
    return Result(
        ok=outbox >= len(active) == len(found) > 0,
        lines=[
            f"{len(found)} cases; {len(active)} embargoes agreed by every party, until {until:%d %B %Y}",
            f"{outbox} letters to maintainers in {story.data / 'outbox'}",
        ],
        facts={"cases": len(found), "embargoes": len(active), "letters": outbox},
    )


def check_fixes(story: Story, progress: Progress) -> Result:
    """Step 9, second half: the maintainers' fix, which is the upstream one, climbs the ladder."""
    found = list(cases.cases(story.hub))
    for case in found:
        vulnerability = case.vulnerability
        if not vulnerability.fixed_in:
            continue
        package = parse(vulnerability.package)
        coordinating.offer_fix(
            case.id,
            actor=story.viewers[f"maintainer:{package.name}"],
            release=str(package.at(vulnerability.fixed_in)),
        )
    story.worker.drain(progress=progress)
    lines, rows = [], []
    for case in found:
        check = proofs.latest_fix_check(story.hub, case.vulnerability_id)
        if check is None:
            lines.append(f"{case.vulnerability.package}: no fix offered")
            continue
        ladder = ", ".join(f"{each['name']} {each['result']}" for each in check.rungs)
        lines.append(f"{case.vulnerability.package} {case.vulnerability.fixed_in}: {ladder}")
        rows.append({"package": case.vulnerability.package, "rungs": check.rungs, "held": check.held})
    held = [each for each in rows if each["held"]]
    return Result(ok=len(held) > 0, lines=lines, facts={"fixes": rows})


def tell_the_first(story: Story, progress: Progress) -> Result:
    """Step 10, first half: signed CSAF and OSV for the first tier; operators' clients verify what they fetch."""
    drafted = list(advisories.advisories(story.hub))
    for done, each in enumerate(drafted, 1):
        if not advisories.releases(story.hub, each.id).filter(tier="first").exists():
            releasing.release(each.id, "first", actor=story.hub)
        progress(done, len(drafted))
    story.worker.drain()
    verified = {}
    for player in story.cast.of_kind("operator"):
        fetched = following.fetch_and_verify(
            story.data / "published",
            "first",
            keys=[hub_key(story.data).public_key()],
            into=story.data / "clients" / player.key,
        )
        verified[player.key] = len(fetched)
    return Result(
        ok=len(drafted) > 0 and all(verified.values()),
        lines=[
            f"{len(drafted)} advisories, each as CSAF and OSV, signed, released to the first tier",
            *(f"{name}'s client fetched and verified {count} documents" for name, count in verified.items()),
        ],
        facts={"advisories": [each.tracking_id for each in drafted], "verified": verified},
    )


def deploy(story: Story, progress: Progress) -> Result:
    """Step 10, between: each operator mends, at its own pace, what it was told first."""
    plan: list[tuple[float, str, str]] = []
    start = story.cast.days["first_tier"]
    for player in story.cast.of_kind("operator"):
        pace = story.cast.pace[player.key]
        tasks = list(priority.tasks(story.viewers[player.key], story.viewers[player.key].organisation_id))
        todo = list(dict.fromkeys(each.vulnerability_id for each in tasks))
        for place, vulnerability_id in enumerate(todo[: len(todo) - pace.leaves]):
            plan.append((start + pace.after + place / pace.a_day, player.key, vulnerability_id))
    for done, (day, who, vulnerability_id) in enumerate(sorted(plan), 1):
        story.calendar.go_to(day)
        deploying.report_deployment(vulnerability_id, actor=story.viewers[who], state="deployed")
        progress(done, len(plan))
    patched = sum(each["of"] - each["unpatched"] for each in left_unpatched(story).values())
    return Result(
        ok=patched > 0,
        lines=[f"{len(plan)} deployments reported by operators"],
        facts={"deployments": len(plan)},
    )


def tell_everyone(story: Story, progress: Progress) -> Result:
    """Step 10, second half: the embargo ends and everyone is told."""
    for case in cases.cases(story.hub):
        if case.embargo == "active":
            coordinating.exit_embargo(case.id, actor=story.hub, reason="its time has come")
    drafted = list(advisories.advisories(story.hub))
    for done, each in enumerate(drafted, 1):
        if not advisories.releases(story.hub, each.id).filter(tier="everyone").exists():
            releasing.release(each.id, "everyone", actor=story.hub)
        progress(done, len(drafted))
    story.worker.drain()
    fetched = following.fetch_and_verify(
        story.data / "published",
        "everyone",
        keys=[hub_key(story.data).public_key()],
        into=story.data / "clients" / "public",
    )
    return Result(
        ok=len(fetched) > 0,
        lines=[
            f"{len(drafted)} advisories to everyone; a stranger's client verified {len(fetched)} documents"
        ],
        facts={"public_documents": len(fetched)},
    )


def left_unpatched(story: Story) -> dict[str, Any]:
    """At each operator: of the hits it has, how many are unpatched today."""
    rows = exposure.unpatched_by_day(story.hub, opens=story.calendar.opens, until=story.calendar.day(40))
    return {each.name: {"unpatched": each.points[-1][1], "of": each.total} for each in rows}


def of_the_model(story: Story) -> int:
    """How many vulnerabilities the model under review found."""
    homes = {
        home.id
        for each in story.kept.get("model_findings", [])
        if (home := vulnerabilities.of_finding(story.hub, each)) is not None
    }
    return len(homes)
