"""`headstart fix`: how far does a fix climb?"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from headstart.cli.output import as_json, dump, people, progress
from headstart.cli.place import Place, in_data

if TYPE_CHECKING:
    from headstart.proofs.work import Fix
    from headstart.reports.work import Folder

COLOURS = {"passed": "green", "failed": "red", "not tried": "yellow"}
LARGEST_PATCH = 2 << 20


@click.command(
    epilog="Example: headstart fix examples/reports-offline/minirec-repeat-overflow "
    "examples/reports-offline/minirec-repeat-overflow/fix.patch"
)
@click.argument("paths", nargs=-1, required=True, metavar="DIR... [PATCH]", type=click.Path(path_type=Path))
@click.option("--release", default="", help="A release that is said to be fixed, in place of a patch.")
@click.option("--tests", help="The command of the project's own tests; without it the source is asked.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(0, 86_400),
              help="About how long variations, and then release lines, are tried.")  # fmt: skip
@click.option("--receipt", "receipt_path", type=click.Path(path_type=Path), default=Path("receipt.json"),
              show_default=True, help="Where the signed receipt is written.")  # fmt: skip
@in_data
@as_json
def command(
    *,
    paths: tuple[Path, ...],
    release: str,
    tests: str | None,
    seconds: float,
    receipt_path: Path,
    data: Path,
    json_: bool,
) -> int:
    """Climb the patch ladder with a patch (the last argument) or --release, for the reports of one vulnerability.

    Ends with 0 if the fix holds, 1 if it does not, 3 if the triggers could not be run here.
    """
    from headstart.proofs.work import check_fix, mitigation_receipt, write_envelope

    folders, fix = _asked(paths, release)
    place = Place(data)
    setting = place.setting()
    given = ("/bin/sh", "-c", tests) if tests else None
    with progress(f"checking {fix}", quiet=json_) as tell:
        found = check_fix(folders, fix, setting=setting, tests=given, seconds=seconds, progress=tell)
    envelope = mitigation_receipt(found, fix, folders, place.key())
    receipt_path.write_bytes(write_envelope(envelope))
    rungs = msgspec.to_builtins(found.rungs)
    if json_:
        facts = {"holds": found.holds, "sentence": found.sentence, "rungs": rungs}
        sandbox = msgspec.to_builtins(found.applied)
        dump({**facts, "unchecked": found.unchecked, "sandbox": sandbox, "receipt": str(receipt_path)})
    else:
        _tell(found.sentence, rungs, receipt_path)
    return 0 if found.holds else 1


def _asked(paths: tuple[Path, ...], release: str) -> "tuple[list[Folder], Fix]":
    """The reports, and the fix: the last path is the patch unless a release is named."""
    from headstart.packages.rules.purl import parse
    from headstart.proofs.errors import FixMissing
    from headstart.proofs.rules import patches
    from headstart.proofs.work import Fix
    from headstart.reports.work import read

    *_, last = paths
    if release or last.is_dir():
        folders = [read(each) for each in paths]
        if not release and not (len(folders) == 1 and folders[0].has_patch):
            raise FixMissing
        version = str(parse(release).version or "") if release.startswith("pkg:") else release
        own = b"" if version else folders[0].content()["fix.patch"]
        fix = Fix(patch=own, release=version)
    else:
        folders = [read(each) for each in paths[:-1]]
        fix = Fix(patch=_patch(last))
    if not folders:
        raise click.UsageError("name the folder of a report, and then the patch")
    packages = {str(each.report.purl.without_version) for each in folders}
    if len(packages) > 1:
        raise click.UsageError(f"the reports are about different packages: {', '.join(sorted(packages))}")
    if fix.patch:
        patches.read(fix.patch)
    return folders, fix


def _patch(path: Path) -> bytes:
    """A patch file, read within its bound; a device or a pipe is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise click.UsageError(f"{path} is no patch file")
            return file.read(LARGEST_PATCH + 1)
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror or error}") from error


def _tell(sentence: str, rungs: list[dict[str, Any]], receipt_path: Path) -> None:
    """What came of it, for people."""
    for each in rungs:
        colour = COLOURS[each["result"]]
        people.print(f"[{colour}]{each['result']:9}[/{colour}]  ", end="")
        people.print(f"{each['name']}: {each['why']}", markup=False)
        if each["result"] == "failed" and each["log"]:
            for line in each["log"].strip().splitlines()[-10:]:
                people.print(f"             {line}", markup=False)
    people.print(sentence, markup=False)
    people.print(f"receipt: {receipt_path}", markup=False)
