"""The first steps: who takes part, the review, and what the model can do."""

from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.benchmarks import services as recording
from headstart.benchmarks import work as benchmarks
from headstart.benchmarks.rules.sealing import Plan
from headstart.exercise.story import EXAMPLES, Player, Progress, Result, Story
from headstart.exposure import services as exposure
from headstart.exposure import work as inventories
from headstart.ledger.rules import dsse
from headstart.ledger.work import load_or_make_key, public_pem
from headstart.people import queries as people
from headstart.people import services as peopling
from headstart.people.rules import Kind
from headstart.reports import work as reports
from headstart.reviews import queries as reviews
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Answer
from headstart.reviews.work import load_programme

ITEMS = 12


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


def signing_key(story: Story, who: str) -> Ed25519PrivateKey:
    """A player's own key; only the player signs with it."""
    return load_or_make_key(story.data / "keys" / f"{who}.pem")


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
    """Step 2: the developer asks, and gives access; the window opens."""
    developer = story.viewers["developer"]
    programme = load_programme(story.cast.programme)
    review = reviews.reviews(developer).first() or reviewing.enquire(
        story.cast.model, programme, actor=developer
    )
    progress(1, 2)
    sealed = _seal(story, review.urn)
    evaluator = people.organisation(story.hub, story.viewers["evaluator"].organisation_id)
    review = reviewing.grant_access(review.id, evaluator, actor=developer)
    story.kept["review"] = review.id
    window = review.window
    if window is None:
        return Result(ok=False, lines=["the window did not open"])
    progress(2, 2)
    days = (window.closes - window.opens).days
    return Result(
        ok=days <= programme.longest_window_days,
        lines=[
            f"the battery is sealed before access: {sealed[:16]}…, in the public log",
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
        return msgspec.json.decode(path.read_bytes(), type=Plan).commitment
    plan = benchmarks.plan(benchmarks.usable_families(story.sandbox, None), ITEMS)
    commitment = recording.seal(plan, actor=story.viewers["evaluator"], subject=subject)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(plan))
    return commitment


def evaluate(story: Story, progress: Progress) -> Result:
    """Step 3: a battery of fresh items through Inspect AI in the sandbox; then the authority's signed answer."""
    review = reviews.review(story.hub, story.kept["review"])
    result = benchmarks.evaluate(
        story.model_spec,
        sandbox=story.sandbox,
        folder=story.data / "evaluations",
        sealed=msgspec.json.decode((story.data / "evaluations" / "plan.json").read_bytes(), type=Plan),
        progress=progress,
    )
    evaluation = recording.record(
        result, actor=story.viewers["evaluator"], subject=review.urn, developer=review.developer
    )
    story.kept["evaluation"] = evaluation.id
    _determine(story)
    partners = _partners(story)
    ability = result.ability
    return Result(
        ok=len(result.items) >= 10 and len(result.families) >= 2,
        lines=[
            f"{len(result.items)} fresh items of {len(result.families)} families, through Inspect AI: "
            f"{result.solved} solved by {result.model}",
            f"ability {ability.mean:+.2f}, 95% interval {ability.low:+.2f} to {ability.high:+.2f} "
            f"(standard error {ability.standard_error:.2f})",
            f"{story.viewers['authority'].name} answers, signed: {story.cast.determination['answer']}",
            f"trusted partners by two signatures: {', '.join(partners)}",
        ],
        facts={
            "items": len(result.items),
            "families": list(result.families),
            "solved": result.solved,
            "ability": ability.mean,
            "standard_error": ability.standard_error,
            "interval": [ability.low, ability.high],
        },
    )


def _determine(story: Story) -> None:
    review = reviews.review(story.hub, story.kept["review"])
    answer = Answer(story.cast.determination["answer"])
    words = reviewing.determination_words(review, answer)
    envelope = dsse.sign_statement(words, signing_key(story, "authority"))
    if not review.determinations.exists():
        reviewing.determine(review.id, answer, envelope, actor=story.viewers["authority"])


def _partners(story: Story) -> list[str]:
    review = reviews.review(story.hub, story.kept["review"])
    in_force = []
    for player in story.cast.of_kind("partner"):
        organisation = people.organisation(story.hub, story.viewers[player.key].organisation_id)
        words = reviewing.partnership_words(review, organisation)
        for side in ("developer", "authority"):
            envelope = dsse.sign_statement(words, signing_key(story, side))
            partner = reviewing.sign_partner(
                review.id, organisation, envelope, actor=story.viewers[side], reason=player.reason
            )
        if partner.in_force_at:
            in_force.append(player.name)
    return in_force
