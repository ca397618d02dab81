"""Same: run each of two reports against what mends the other, and lay the facts side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.errors import HeadstartError
from headstart.packages.rules.ranges import Affected
from headstart.proofs.errors import NoFixKnown
from headstart.proofs.rules.sameness import FIX, RANGE, Evidence, Fact, Same, states, weigh
from headstart.proofs.rules.verdicts import Answer
from headstart.proofs.work.proving import PATCH, Setting, is_silent
from headstart.proofs.work.stage import Stage, stage
from headstart.proofs.work.targets import Target, obtain, on_release, patched
from headstart.reports.work import Folder
from headstart.sandbox.rules.jobs import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two reports, and what is known of it."""

    folder: Folder
    state: tuple[str, ...] = ()  # the crash state of its proof
    releases: Mapping[str, Affected] | None = None  # of its sweep, where there was one
    fixed_in: str | None = None  # the first fixed release after its own, where known


def same(ours: Side, theirs: Side, *, setting: Setting) -> Evidence:
    """The evidence on whether two reports on one package tell of the same flaw.

    Each report's trigger is run with its own harness on the other's release with the other's fix: its
    fix.patch, else its first fixed release. Both directions must agree where both can be tried.
    """
    facts = [states(ours.state, theirs.state), _releases(ours, theirs)]
    if ours.folder.report.purl.without_version != theirs.folder.report.purl.without_version:
        facts.append(Fact(name=FIX, answer=Same.NO, sentence="They are about different packages."))
        return weigh(facts)
    both = {setting.trust(ours.folder), setting.trust(theirs.folder)}
    trust = Trust.SHIPPED if both == {Trust.SHIPPED} else Trust.UNTRUSTED
    with stage(setting.sandbox, trust) as on:
        tried = [_stopped(on, setting, ours, theirs), _stopped(on, setting, theirs, ours)]
    return weigh([*facts, _fix(tried)])


def _fix(tried: list[tuple[Same, str]]) -> Fact:
    sentences = " ".join(sentence for _, sentence in tried)
    answers = {answer for answer, _ in tried} - {Same.UNKNOWN}
    if Same.NO in answers:
        return Fact(name=FIX, answer=Same.NO, sentence=sentences)
    return Fact(name=FIX, answer=Same.YES if answers else Same.UNKNOWN, sentence=sentences)


def _stopped(on: Stage, setting: Setting, mended: Side, tried: Side) -> tuple[Same, str]:
    """Whether what mends one stops the triggers of the other, which work without it (both were proved).

    A patch that stops it says yes. A fixed release that does says only "maybe", for a release mends many
    things; where the trigger still works, either says no.
    """
    name, other = mended.folder.report.title, tried.folder.report.title
    try:
        target = _mended(on, setting, mended, tried)
        after = is_silent(on, target, tried.folder)
    except HeadstartError as error:
        return Same.UNKNOWN, f"The fix of “{name}” could not be tried on “{other}”: {error}."
    match after:
        case Answer.SILENT if mended.folder.has_patch:
            return Same.YES, f"The patch of “{name}” stops “{other}” too."
        case Answer.SILENT:
            return Same.UNKNOWN, f"“{other}” does nothing on {target.label} either, which mends “{name}”."
        case Answer.SEEN:
            return Same.NO, f"“{other}” still works where “{name}” is mended ({target.label})."
        case _:
            return Same.UNKNOWN, f"“{other}” could not be run where “{name}” is mended ({target.label})."


def _mended(on: Stage, setting: Setting, mended: Side, tried: Side) -> Target:
    """The release of the report that is tried, with the other's patch; else the other's fixed release."""
    if mended.folder.has_patch:
        scratch = on.scratch / f"{tried.folder.digest[:16]}-{mended.folder.digest[:16]}"
        scratch.mkdir(mode=0o755)
        plain = obtain(tried.folder, setting.store, on.sandbox, scratch, on.trust)
        patch = mended.folder.content()[PATCH]
        return patched(
            tried.folder,
            plain,
            patch,
            store=setting.store,
            sandbox=on.sandbox,
            scratch=scratch,
            trust=on.trust,
        )
    if mended.fixed_in is None:
        raise NoFixKnown(mended.folder.report.title)
    fixed = tried.folder.report.purl.at(mended.fixed_in)
    return on_release(tried.folder, fixed, store=setting.store, sandbox=on.sandbox, trust=on.trust)


def _releases(ours: Side, theirs: Side) -> Fact:
    """Whether the two sweeps give the same answers where both have one."""
    if not ours.releases or not theirs.releases:
        return Fact(name=RANGE, answer=Same.UNKNOWN, sentence="The releases of both were not swept.")
    both = {
        version: (mine, theirs.releases[version])
        for version, mine in ours.releases.items()
        if theirs.releases.get(version, Affected.UNKNOWN) is not Affected.UNKNOWN
        and mine is not Affected.UNKNOWN
    }
    differ = [version for version, (mine, other) in both.items() if mine is not other]
    if differ:
        said = f"They differ on {len(differ)} of {len(both)} releases, {differ[0]} for one."
        return Fact(name=RANGE, answer=Same.NO, sentence=said)
    if not both:
        return Fact(name=RANGE, answer=Same.UNKNOWN, sentence="No release ran for both.")
    return Fact(name=RANGE, answer=Same.YES, sentence=f"They agree on all {len(both)} releases that ran.")
