"""Vouch: prove a report with a harness that the maintainer or the hub keeps, in place of the finder's."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Literal

from headstart.proofs.errors import HarnessInvalid
from headstart.proofs.rules.evidence import Rung
from headstart.proofs.rules.verdicts import Answer, decide
from headstart.proofs.work.proving import Progress, Setting, prove
from headstart.proofs.work.verdict import Verdict
from headstart.reports import work as reports
from headstart.reports.work import Folder

LARGEST = 256 << 10
CODE = frozenset(
    ".py .pyc .pyi .pth .so .js .mjs .cjs .ts .node .wasm .sh .bash .pl .cfg .ini .toml .jar .whl .zip .exe".split()  # noqa: SIM905 - reads better
)
"""What an interpreter could load: none of the finder's is left beside a harness that is kept."""
UNVOUCHED = "that the finder's build commands build the release as it is"


def vouch(
    folder: Folder,
    harness: Path,
    *,
    setting: Setting,
    contrast: Literal["auto", "none"] = "auto",
    progress: Progress | None = None,
) -> Verdict:
    """Prove a report with another harness in place of its own; `vouched` where it would be `contrasted`.

    The harness has the finder's place and name; all other code of the finder's is left out, the inputs and the data
    stay. What a `[build]` compiles is built by the finder's commands, so it stays `contrasted`, and is told so.

    Raises:
        HarnessInvalid: it is no plain file, too large, or the report names no harness to put it in place of.
    """
    code = _read(harness)
    with _kept(folder, code) as mine:
        verdict = prove(
            mine,
            store=setting.store,
            sandbox=setting.sandbox,
            runs=setting.runs,
            contrast=contrast,
            shipped=setting.shipped,
            progress=progress,
        )
    verdict = replace(verdict, report_digest=folder.digest, harness_digest=sha256(code).hexdigest())
    if verdict.rung is not Rung.CONTRASTED:
        return verdict
    if folder.report.build is not None:
        return replace(verdict, unchecked=(*verdict.unchecked, UNVOUCHED))
    expect = folder.report.proof.expect
    decision = decide(verdict.runs, expect=expect, contrast=Answer.SILENT, kept=True)
    return replace(verdict, rung=decision.rung, sentence=decision.sentence)


def _read(harness: Path) -> bytes:
    try:
        handle = os.open(harness, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            plain = stat.S_ISREG(os.fstat(handle).st_mode)
            code = os.read(handle, LARGEST + 1) if plain else b""
        finally:
            os.close(handle)
    except OSError as error:
        raise HarnessInvalid(f"{harness} can't be read: {error.strerror}") from error
    if not plain:
        raise HarnessInvalid(f"{harness} is no plain file")
    if len(code) > LARGEST:
        raise HarnessInvalid(f"{harness} is larger than {LARGEST >> 10} KiB")
    return code


@contextmanager
def _kept(folder: Folder, code: bytes) -> Iterator[Folder]:
    """A copy of the report's folder with that code in the harness's place, and no other code of the finder's."""
    proof, build = folder.report.proof, folder.report.build
    if not proof.harness or (build is not None and build.is_inside and _below(proof.harness, build.source)):
        raise HarnessInvalid("the report runs no harness of the finder's that it could take the place of")
    with tempfile.TemporaryDirectory(prefix="headstart-vouch-") as scratch:
        copy = Path(scratch) / "report"
        shutil.copytree(folder.path, copy, symlinks=True)
        stays = {"report.toml", *proof.trigger, *proof.control}
        for path in folder.files:
            inside = build is not None and build.is_inside and _below(path, build.source)
            if path not in stays and not inside and PurePosixPath(path).suffix in CODE:
                (copy / path).unlink()
        place = copy / proof.harness
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(code)
        yield reports.read(copy)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
