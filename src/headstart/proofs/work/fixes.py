"""A fix, and the target that it makes of a report's."""

import hashlib
import os
from dataclasses import dataclass

from headstart.packages.rules.purl import Purl
from headstart.proofs.errors import FixMissing
from headstart.proofs.work.proving import Setting
from headstart.proofs.work.stage import Stage
from headstart.proofs.work.targets import Target, obtain, on_release, patched
from headstart.reports.work import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What is said to mend it: a patch, or a release."""

    patch: bytes = b""
    release: str = ""  # a version of the same package

    def __post_init__(self) -> None:
        if bool(self.patch) == bool(self.release):
            raise FixMissing

    @property
    def digest(self) -> str:
        """SHA-256 of the patch; of the version's text for a release."""
        return hashlib.sha256(self.patch or self.release.encode()).hexdigest()

    def __str__(self) -> str:
        return self.release or f"patch {self.digest[:12]}"


def plain(on: Stage, folder: Folder, setting: Setting, purl: Purl | None = None) -> Target:
    """The target of a report without the fix: its own, or another release of the same package.

    Raises:
        NotFound, Unable: it can't be had or built here.
    """
    if purl is None or purl == folder.report.purl:
        return obtain(folder, setting.store, on.sandbox, on.scratch, on.trust)
    return on_release(folder, purl, store=setting.store, sandbox=on.sandbox, trust=on.trust)


def mended(on: Stage, folder: Folder, fix: Fix, setting: Setting, purl: Purl | None = None) -> Target:
    """The same with the fix: the fixed release, or a patched copy.

    Raises:
        PatchInvalid: it does not apply.
        NotFound, Unable: it can't be had or built here.
    """
    if fix.release:
        return plain(on, folder, setting, folder.report.purl.at(fix.release))
    scratch = on.scratch / f"mend-{os.urandom(6).hex()}"
    scratch.mkdir(mode=0o755)
    return patched(
        folder,
        plain(on, folder, setting, purl),
        fix.patch,
        store=setting.store,
        sandbox=on.sandbox,
        scratch=scratch,
        trust=on.trust,
    )
