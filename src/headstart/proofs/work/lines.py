"""The release lines of a package: does the fix apply to the newest release of each, and is it silent there?"""

import re
import time
from collections.abc import Sequence

from headstart.errors import HeadstartError
from headstart.packages.errors import RangeInvalid
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected, Range, parse_vers
from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules.ladders import LINES, Line, RungResult, lines_rung, not_tried
from headstart.proofs.rules.verdicts import Answer
from headstart.proofs.work.fixes import Fix, mended, plain
from headstart.proofs.work.proving import Setting, is_silent
from headstart.proofs.work.stage import Stage
from headstart.reports.work import Folder

MOST = 8  # lines, the report's own and those nearest to it
_LINE = re.compile(r"v?(\d+)(?:\.(\d+))?")
_EARLY = re.compile(r"(?i)(?:a|b|rc|c|alpha|beta|pre|dev|preview)[.-]?\d*|-", re.ASCII)


def lines_rung_of(on: Stage, folder: Folder, fix: Fix, setting: Setting, seconds: float) -> RungResult:
    """Run the triggers on the newest release of each line, without and with the fix.

    The report's own line comes first; the others as far as about so many seconds carry.
    """
    purl = folder.report.purl
    since = purl.at(fix.release) if fix.release else purl
    try:
        listed = [each.purl for each in setting.store.releases(purl) if not each.yanked]
    except HeadstartError as error:
        return not_tried(LINES, str(error))
    newest = newest_of_lines(listed, since, None if fix.release else _claimed(folder))
    if not newest:
        return not_tried(LINES, f"the registry does not list {since.version}")
    own = next((each for each in newest if _line(each) == _line(since)), newest[-1])
    near = sorted(newest, key=lambda each: (abs(newest.index(each) - newest.index(own)), -newest.index(each)))
    ends = time.monotonic() + seconds
    rows: dict[Purl, Line] = {}
    for each in near[:MOST]:
        if rows and time.monotonic() > ends:
            break
        rows[each] = _row(on, folder, fix, setting, each)
    left = len(newest) - len(rows)
    cut_short = f"; {left} other lines not tried" if left else ""
    return lines_rung([rows[each] for each in newest if each in rows], str(own.version), cut_short)


def newest_of_lines(listed: Sequence[Purl], own: Purl, claimed: Range | None) -> list[Purl]:
    """The newest release of each major.minor line, in order; inside the claimed range where one is known.

    Releases on trial (rc, beta, …) count only in a line that has no other.
    """
    chosen: dict[tuple[str, ...], list[Purl]] = {}
    for each in listed:
        if claimed is None or claimed.contains(str(each.version)) is Affected.YES or each == own:
            chosen.setdefault(_line(each), []).append(each)
    found = []
    for some in chosen.values():
        settled = [each for each in some if not _EARLY.search(str(each.version))]
        found.append((settled or some)[-1])
    return sorted(found, key=list(listed).index)


def _line(purl: Purl) -> tuple[str, ...]:
    found = _LINE.match(str(purl.version))
    return (found[1], found[2] or "0") if found else (str(purl.version),)


def _claimed(folder: Folder) -> Range | None:
    try:
        return parse_vers(folder.report.affected) if folder.report.affected else None
    except RangeInvalid:
        return None


def _row(on: Stage, folder: Folder, fix: Fix, setting: Setting, purl: Purl) -> Line:
    version = str(purl.version)
    before = after = Answer.NOT_RUN
    applies: bool | None = None
    try:
        before = is_silent(on, plain(on, folder, setting, purl), folder)
        if before is Answer.SILENT:
            note = "silent without the fix" if fix.patch else "silent"
            return Line(
                version=version, without=before, applies=None, after=_released(fix, before), note=note
            )
        if before is Answer.FAILED:
            return Line(version=version, without=before, applies=None, after=after, note="does not run there")
        if fix.release:
            return Line(
                version=version,
                without=before,
                applies=None,
                after=_released(fix, before),
                note="still works",
            )
        after = is_silent(on, mended(on, folder, fix, setting, purl), folder)
        applies = True
        said = {Answer.SILENT: "silent", Answer.SEEN: "the trigger still works"}.get(
            after, "does not run any more"
        )
        note = f"applies, {said}"
    except PatchInvalid:
        applies, note = False, "does not apply"
    except HeadstartError as error:
        note = f"can't be run there ({error.code})"
    return Line(version=version, without=before, applies=applies, after=after, note=note)


def _released(fix: Fix, seen: Answer) -> Answer:
    """What a fixed release says of a line is what its newest release shows; a patch says nothing of a silent one."""
    return seen if fix.release else Answer.NOT_RUN
