"""What this viewer can do in a review now: first what waits for them. The rooms decide what is allowed; this points."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse

from headstart.outcomes import queries as outcomes
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.reviews.rules import Role, Stage

if TYPE_CHECKING:
    from headstart.reviews.models import Agreement, Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A link; `waits` where somebody waits for this viewer."""

    words: str
    url: str
    why: str = ""
    waits: bool = False


def deeds(viewer: Viewer, review: "Review") -> list[Deed]:
    """What this viewer can do, what waits first."""
    role = queries.role_of(viewer, review)
    by_role = {
        Role.DEVELOPER: _developer,
        Role.EVALUATOR: _evaluator,
        Role.AUTHORITY: _authority,
        Role.PARTNER: _partner,
        Role.HUB: _hub,
    }
    find = by_role.get(role)
    own = find(viewer, review) if find else []
    found = [*_to_sign(viewer, review), *_exports(viewer, review), *own]
    return [*(each for each in found if each.waits), *(each for each in found if not each.waits)]


def _url(name: str, review: "Review", *more: object) -> str:
    return reverse(f"web:{name}", args=[review.id, *more])


def _to_sign(viewer: Viewer, review: "Review") -> list[Deed]:
    """Terms and partners that lack this viewer's signature."""
    mine = viewer.organisation_id
    found = [terms_to_sign(viewer, each) for each in queries.to_sign(viewer) if each.review_id == review.id]
    if queries.role_of(viewer, review) not in (Role.DEVELOPER, Role.AUTHORITY):
        return found
    for partner in queries.partners(viewer, review.id):
        signed = {one.signer_id for one in partner.signatures.all()}
        if partner.in_force_at is None and partner.revoked_at is None and mine not in signed:
            words = f"Sign for {partner.organisation.name} as a trusted partner"
            url = _url("review-partner", review, partner.pk)
            found.append(Deed(words=words, url=url, why=partner.reason, waits=True))
    return found


def terms_to_sign(viewer: Viewer, agreement: "Agreement") -> Deed:
    """To sign a version of terms, which its counterpart may before it sees anything else of the review."""
    review = agreement.review
    other = agreement.counterpart if viewer.organisation_id == review.developer_id else review.developer
    words = f"Sign version {agreement.version} of the terms with {other.name}"
    return Deed(words=words, url=_url("review-agreement", review, agreement.id), waits=True)


def _exports(viewer: Viewer, review: "Review") -> list[Deed]:
    """Copies that this person may agree to, or may take."""
    url, found = _url("review-exports", review), []
    for each in queries.exports(viewer, review.id):
        if each.may_agree:
            words = f"Agree that a copy of “{each.title}” leaves the hub"
            found.append(Deed(words=words, url=url, why=f"{each.asked_by} asks: {each.reason}", waits=True))
        elif each.may_take and each.taken_at is None:
            found.append(Deed(words=f"Take your copy of “{each.title}”", url=url, waits=True))
    return found


def _developer(viewer: Viewer, review: "Review") -> list[Deed]:
    open_reports = [
        each for each in outcomes.reports(viewer, review.id) if each.may_reply and not each.replied_at
    ]
    ended = Deed(words="See the reports, and reply", url=_url("review-outcomes", review))
    if open_reports:
        first_by = min(open_reports, key=lambda each: each.reply_until)
        why = f"“{first_by.title}” by {first_by.author}: others see it from {first_by.reply_until:%d %B} on."
        ended = replace(ended, words="Read and answer a report", why=why, waits=True)
    if review.stage == Stage.CLOSED:
        said = Deed(words="Say that you released your model", url=_url("review-window", review))
        usage = Deed(words="See who used what", url=_url("review-usage", review))
        return [ended, usage, *([said] if review.released_at is None else [])]
    first = not queries.accesses(viewer, review.id)
    return [
        Deed(words="Let an evaluator reach your model", url=_url("review-access", review),
             why="The first opens the window." if first else "", waits=first),
        Deed(words="Attach evidence, a model card, a note", url=_url("review-documents", review)),
        Deed(words="Propose terms to an evaluator or a partner", url=_url("review-terms", review)),
        Deed(words="Propose a trusted partner", url=_url("review-propose-partner", review)),
        Deed(words="Set up your endpoint, and give people keys", url=_url("review-gateway", review)),
        Deed(words="See who used what", url=_url("review-usage", review)),
        ended,
        Deed(words="Shorten the window, withdraw, or release your model", url=_url("review-window", review),
             why="On any day, without asking anybody."),
    ]  # fmt: skip


def _evaluator(viewer: Viewer, review: "Review") -> list[Deed]:
    declared = viewer.member_id is None or queries.has_declared(review, viewer.member_id)
    running = queries.is_running(review)
    found = [
        Deed(words="Declare your interests", url=_url("review-interests", review), waits=not declared,
             why="" if declared else "Before you get a key to the model."),
    ]  # fmt: skip
    if running:
        start = reverse("web:start-evaluation") + f"?review={review.id}"
        found += [
            Deed(words="Start an evaluation", url=start),
            Deed(words="Propose terms to the developer", url=_url("review-terms", review)),
        ]
    return [
        *found,
        Deed(words="See your keys to the model", url=_url("review-keys", review)),
        Deed(words="See what you used", url=_url("review-usage", review)),
        Deed(words="Add a document", url=_url("review-documents", review)),
        Deed(words="Hand in your report", url=_url("review-outcomes", review), why="The developer reads it first."),
    ]  # fmt: skip


def _authority(viewer: Viewer, review: "Review") -> list[Deed]:
    answered = bool(queries.determinations(viewer, review.id))
    words = "Answer anew whether the model is covered" if answered else "Answer whether the model is covered"
    why = "It is signed with your key, and decides nothing about the release."
    found = [Deed(words=words, url=_url("review-determination", review), why=why, waits=not answered)]
    if review.stage != Stage.CLOSED:
        found.append(Deed(words="Propose a trusted partner", url=_url("review-propose-partner", review)))
    return [
        *found,
        Deed(words="Read the documents", url=_url("review-documents", review)),
        Deed(words="See the reports and the record", url=_url("review-outcomes", review)),
    ]


def _partner(viewer: Viewer, review: "Review") -> list[Deed]:  # noqa: ARG001 - like the others
    return [
        Deed(words="See your keys to the model", url=_url("review-keys", review)),
        Deed(words="Propose terms to the developer", url=_url("review-terms", review)),
        Deed(words="See what you used", url=_url("review-usage", review)),
        Deed(words="See what became of your findings", url=reverse("web:findings"),
             why="You hand them in like any finder: headstart intake, or the API."),
    ]  # fmt: skip


def _hub(viewer: Viewer, review: "Review") -> list[Deed]:  # noqa: ARG001 - like the others
    return [
        Deed(words="See who used what", url=_url("review-usage", review)),
        Deed(words="See the reports, the record and the public summary", url=_url("review-outcomes", review)),
    ]
