"""What can be asked of the hub for a finding, and the states of such a task."""

from enum import StrEnum

from headstart.packages.rules.purl import parse
from headstart.proofs.errors import FixMissing, FixWrong
from headstart.proofs.rules import patches
from headstart.proofs.rules.evidence import Rung

MOST_UNDER_WAY = 20  # tasks that one organisation (but the hub) may have queued or running
ENOUGH = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)
"""What must have been reached before silence shows anything."""


class Verb(StrEnum):
    """What is to be run."""

    PROVE = "prove"  # the report again, in fresh sandboxes
    SWEEP = "sweep"  # the report on every release of its package
    MINIMISE = "minimise"  # the search for a smaller trigger
    FIX = "fix"  # the ladder, with a patch or a release


class State(StrEnum):
    """How far a task is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it could not be done: `why` says why; an unwelcome answer is still `done`


UNDER_WAY = (State.QUEUED, State.RUNNING)
NEEDS_PROOF = frozenset({Verb.SWEEP, Verb.MINIMISE, Verb.FIX})


def fix_to_check(package: str, patch: str, release: str) -> dict[str, str]:
    """A fix that is worth a task: one patch that can be read, or one version of `package` (a purl without one).

    Raises:
        FixMissing: neither was named, or both.
        PatchInvalid, FixWrong, PurlInvalid: it can't be tried.
    """
    release = release.strip()
    if bool(patch.strip()) == bool(release):
        raise FixMissing
    if not release:
        patches.read(patch.encode())
        return {"patch": patch, "release": ""}
    if release.startswith("pkg:"):
        named = parse(release)
        if str(named.without_version) != package or not named.version:
            raise FixWrong(f"name a version of {package}")
        release = named.version
    if len(release) > 200 or not release.isprintable() or " " in release:
        raise FixWrong("a release is one version, such as 1.2.3")
    return {"patch": "", "release": release}
