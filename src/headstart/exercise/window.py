"""The first steps: who takes part, the review, and what the model can do."""

from typing import Any

from headstart.access import queries as access
from headstart.benchmarks import services as recording
from headstart.benchmarks import work as benchmarks
from headstart.benchmarks.rules.sealing import Form
from headstart.exercise import reaching, terms
from headstart.exercise.keys import signing_key
from headstart.exercise.story import EXAMPLES, Player, Progress, Result, Story
from headstart.exposure import services as exposure
from headstart.exposure import work as inventories
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import queries as people
from headstart.people import services as peopling
from headstart.people.rules import Kind
from headstart.reports import work as reports
from headstart.reviews import queries as reviews
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Answer, Criterion, Met, Proposal, Ruling, Scope, Tier
from headstart.reviews.work import load_programme

ITEMS = 12
ABOUT = "A made-up model: no language model, three programs of known strength."
CLAIM = "What the model finds and mends in programs that nobody has seen, without help from a person."


def take_part(story: Story, progress: Progress) -> Result:
    """Step 1: the programme's rules, the organisations, the operators' inventories."""
    programme = load_programme(story.cast.programme)
    _players(story)
    packages = _maintainers(story)
    handed = _inventories(story, progress)
    components = sum(each["components"] for each in handed)
    return Result(
        ok=len(handed) > 0 and programme.voluntary,
        lines=[
            f"programme {programme.id}: voluntary, at most {programme.longest_window_days} days "
            f"to {programme.runs_to}",
            f"{len(story.viewers)} organisations, {len(packages)} of them maintainers",
            f"{len(handed)} inventories of real packages: {components} components",
        ],
        facts={
            "programme": programme.id,
            "longest_window_days": programme.longest_window_days,
            "organisations": len(story.viewers),
            "inventories": handed,
        },
    )


def _players(story: Story) -> None:
    hub = peopling.found_hub(story.cast.of_kind("hub")[0].name).as_viewer()
    story.viewers["hub"] = hub
    known = {each.name: each for each in people.organisations(hub)}
    for player in story.cast.organisation:
        pem = public_pem(signing_key(story, player.key).public_key()).decode() if player.signs else ""
        organisation = known.get(player.name) or peopling.admit(
            player.name, Kind(player.kind), actor=hub, public_key=pem, contact=_address(player)
        )
        story.viewers[player.key] = organisation.as_viewer()
    seated = {each.user.username for each in people.seats()}
    for player in story.cast.organisation:
        if player.seat not in seated:
            organisation = people.organisation(hub, story.viewers[player.key].organisation_id)
            peopling.seat(organisation, player.seat, actor=hub)


def _address(player: Player) -> str:
    return f"{player.seat}@{player.key}.example.org"


def _maintainers(story: Story) -> list[str]:
    """One organisation of maintainers for each package that the examples' reports are about."""
    hub = story.hub
    found = {reports.read(each).report.purl.name for each in sorted(story.reports.iterdir()) if each.is_dir()}
    names = sorted(found | {story.scan_target.purl.name})
    known = {each.name: each for each in people.organisations(hub)}
    for name in names:
        title = f"{name} maintainers"
        organisation = known.get(title) or peopling.admit(
            title, Kind.MAINTAINER, actor=hub, contact=f"security@{name}.example.org"
        )
        if title not in known:
            peopling.seat(organisation, f"{name}-maintainer", actor=hub)
        story.viewers[f"maintainer:{name}"] = organisation.as_viewer()
    return names


def _inventories(story: Story, progress: Progress) -> list[dict[str, Any]]:
    handed: list[dict[str, Any]] = []
    operators = story.cast.of_kind("operator")
    for done, player in enumerate(operators, 1):
        said = inventories.read_assets(EXAMPLES / "inventories" / player.key / "assets.toml")
        for asset in said.assets:
            inventory = exposure.hand_in(
                asset.path,
                actor=story.viewers[player.key],
                asset=asset.name,
                exposed=asset.exposed,
                service=asset.service,
                time_zone=said.time_zone,
            )
            handed.append(
                {"operator": player.name, "asset": asset.name, "components": inventory.component_count}
            )
        progress(done, len(operators))
    return handed


def open_review(story: Story, progress: Progress) -> Result:
    """Step 2: the developer asks; terms are signed; it gives access, and the window opens."""
    developer = story.viewers["developer"]
    programme = load_programme(story.cast.programme)
    review = reviews.reviews(developer).first() or reviewing.enquire(
        story.cast.model, programme, actor=developer, description=ABOUT
    )
    story.kept["review"] = review.id
    progress(1, 3)
    sealed = _seal(story, review.urn)
    evaluator = people.organisation(story.hub, story.viewers["evaluator"].organisation_id)
    version = terms.agree(story, "evaluator")
    progress(2, 3)
    review = reviewing.grant_access(review.id, evaluator, actor=developer)
    terms.declare(story, "evaluator")
    window = review.window
    if window is None:
        return Result(ok=False, lines=["the window did not open"])
    progress(3, 3)
    days = (window.closes - window.opens).days
    return Result(
        ok=days <= programme.longest_window_days,
        lines=[
            f"the battery is sealed before access: {sealed[:16]}…, in the public log",
            f"{developer.name} and {evaluator.name} sign terms, version {version}: {terms.TERMS.access_level}, "
            f"safeguards {terms.TERMS.safeguards}; its person declares no interests",
            f"{developer.name} opens a review of {review.model_name}; {evaluator.name} gets access",
            f"the window runs {days} days, from {window.opens:%d %B} to {window.closes:%d %B %Y}; "
            "the developer may release at any moment of it",
        ],
        facts={"review": review.id, "window_days": days, "closes": window.closes.isoformat()},
    )


def _seal(story: Story, subject: str) -> str:
    """Choose the items and publish the commitment to them; the plan stays with the evaluator until the end."""
    path = story.data / "evaluations" / "plan.json"
    if path.exists():
        return benchmarks.read_plan(path).commitment
    terms = benchmarks.Terms(form=Form.FIXED, items=ITEMS, claim=CLAIM)
    plan = benchmarks.plan(benchmarks.usable_families(story.sandbox, None), terms)
    commitment = recording.seal(plan, actor=story.viewers["evaluator"], subject=subject)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(benchmarks.plan_bytes(plan))
    return commitment


def evaluate(story: Story, progress: Progress) -> Result:
    """Step 3: a battery of fresh items through Inspect AI in the sandbox; then the authority's signed answer."""
    review = reviews.review(story.hub, story.kept["review"])
    with reaching.reached(story, "evaluator") as model:
        result = benchmarks.evaluate(
            model,
            sandbox=story.sandbox,
            folder=story.data / "evaluations" / "battery",
            plan=benchmarks.read_plan(story.data / "evaluations" / "plan.json"),
            about=benchmarks.About(
                access_level="AL1",
                evaluator=story.viewers["evaluator"].name,
                independence="Made up, as all of the cast is: evaluator and developer have no tie.",
            ),
            on_score=lambda standing: progress(standing.done, standing.most),
        )
    evaluation = recording.record(
        result, actor=story.viewers["evaluator"], subject=review.urn, developer=review.developer
    )
    story.kept["evaluation"] = evaluation.id
    _determine(story)
    partners = _partners(story)
    through = _through_the_gateway(story)
    ability = result.ability
    return Result(
        ok=len(result.items) >= 10 and len(result.families) >= 2,
        lines=[
            f"{len(result.items)} fresh items of {len(result.families)} families, through Inspect AI: "
            f"{result.solved} solved by {result.model}",
            *(
                [f"through the gateway: {through} requests, each in the ledger with its digest"]
                if through
                else []
            ),
            f"ability {ability.mean:+.2f}, 95% interval {ability.low:+.2f} to {ability.high:+.2f} "
            f"(standard error {ability.standard_error:.2f})",
            f"{story.viewers['authority'].name} answers, signed: {story.cast.determination['answer']}",
            f"trusted partners by two signatures: {', '.join(partners)}",
        ],
        facts={
            "items": len(result.items),
            "requests_through_the_gateway": through,
            "families": list(result.families),
            "solved": result.solved,
            "ability": ability.mean,
            "standard_error": ability.standard_error,
            "interval": [ability.low, ability.high],
        },
    )


def _through_the_gateway(story: Story) -> int:
    return sum(each.requests for each in access.usage(story.hub, story.kept["review"]))


def _determine(story: Story) -> None:
    review = reviews.review(story.hub, story.kept["review"])
    if review.determinations.exists():
        return
    measured = Criterion(name="A sealed measurement on fresh items", met=Met.YES, why="It is attached.")
    ruling = Ruling(
        answer=Answer(story.cast.determination["answer"]),
        criteria=(measured, Criterion(name="A public threshold", met=Met.UNKNOWN, why="There is none.")),
        evidence=(terms.show_evidence(story),),
    )
    envelope = dsse.sign_statement(
        reviewing.determination_words(review, ruling), signing_key(story, "authority")
    )
    reviewing.determine(review.id, ruling, envelope, actor=story.viewers["authority"])


def _partners(story: Story) -> list[str]:
    review = reviews.review(story.hub, story.kept["review"])
    in_force = []
    for player in story.cast.of_kind("partner"):
        organisation = people.organisation(story.hub, story.viewers[player.key].organisation_id)
        proposal = Proposal(reason=player.reason, tier=Tier(player.tier), scopes=tuple(Scope))
        words = reviewing.partnership_words(review, organisation, proposal)
        for side in ("developer", "authority"):
            envelope = dsse.sign_statement(words, signing_key(story, side))
            partner = reviewing.sign_partner(
                review.id, organisation, envelope, actor=story.viewers[side], proposal=proposal
            )
        if partner.in_force_at:
            terms.agree(story, player.key)
            in_force.append(player.name)
    return in_force
