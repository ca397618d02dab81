"""`headstart prove`: reproduce a report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from headstart.cli.output import as_json, dump, people, progress
from headstart.cli.place import Place, in_data

if TYPE_CHECKING:
    from headstart.proofs.work import Verdict

COLOURS = {"refuted": "red", "unrunnable": "yellow", "reproduced": "yellow"}
STATUS = {"refuted": 1, "unrunnable": 3}


@click.command(epilog="Example: headstart prove examples/reports/idna-joiner-hang")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1, 100), help="Runs of each input.")
@click.option("--no-contrast", is_flag=True, help="Don't look for a release or patch that stops it.")
@click.option("--harness", type=click.Path(path_type=Path),
              help="A harness that you keep, to run in place of the finder's.")  # fmt: skip
@click.option("--receipt", "receipt_path", type=click.Path(path_type=Path), default=Path("receipt.json"),
              show_default=True, help="Where the signed receipt is written.")  # fmt: skip
@in_data
@as_json
def command(
    *,
    folder: Path,
    runs: int,
    no_contrast: bool,
    harness: Path | None,
    receipt_path: Path,
    data: Path,
    json_: bool,
) -> int:
    """Run a report's proof in fresh sandboxes, print the verdict, and write a signed receipt.

    Ends with 0 if it was reproduced, 1 if it was refuted, 3 if it could not be run here.
    """
    from dataclasses import replace

    from headstart.proofs.work import prove, vouch
    from headstart.proofs.work.receipts import receipt, write_envelope
    from headstart.reports.work import read

    report = read(folder)
    place = Place(data)
    setting = replace(place.setting(), runs=runs)
    contrast: Literal["auto", "none"] = "none" if no_contrast else "auto"
    with progress(f"proving {report.report.purl}", quiet=json_) as tell:
        if harness is not None:
            verdict = vouch(report, harness, setting=setting, contrast=contrast, progress=tell)
        else:
            verdict = prove(
                report,
                store=setting.store,
                sandbox=setting.sandbox,
                runs=runs,
                contrast=contrast,
                shipped=setting.shipped,
                progress=tell,
            )
    envelope = receipt(verdict, report, place.key())
    receipt_path.write_bytes(write_envelope(envelope))
    if json_:
        dump(_facts(verdict, receipt_path))
    else:
        _tell(verdict, receipt_path)
    return STATUS.get(verdict.rung, 0)


def _facts(verdict: "Verdict", receipt_path: Path) -> dict[str, Any]:
    """The verdict for machines."""
    return {
        "rung": verdict.rung,
        "attribution": verdict.attribution,
        "k": verdict.k,
        "n": verdict.n,
        "control": verdict.control,
        "contrast": verdict.contrast,
        "sentence": verdict.sentence,
        "step": verdict.step,
        "flags": [msgspec.to_builtins(each) for each in verdict.flags],
        "unchecked": verdict.unchecked,
        "crash_state": verdict.crash_state,
        "sandbox": msgspec.to_builtins(verdict.applied),
        "purl": verdict.purl,
        "report": verdict.report_digest,
        "kept_harness": verdict.harness_digest,
        "seconds": round(verdict.seconds, 2),
        "receipt": str(receipt_path),
    }


def _tell(verdict: "Verdict", receipt_path: Path) -> None:
    """The verdict for people."""
    colour = COLOURS.get(verdict.rung, "green")
    people.print(f"[bold {colour}]{verdict.rung}[/bold {colour}]  {verdict.k} of {verdict.n}, ", end="")
    people.print(f"caused by: {verdict.attribution}; control: {verdict.control}", markup=False)
    people.print(verdict.sentence, markup=False)
    for flag in verdict.flags:
        people.print(f"  for a person: {flag.sentence} ({flag.path}:{flag.line or 1})", markup=False)
    for line in _last_words(verdict):
        people.print(f"  | {line}", markup=False, highlight=False)
    if verdict.weaker:
        people.print("  run in the weaker sandbox (no namespaces here)")
    people.print(f"receipt: {receipt_path}", markup=False)


def _last_words(verdict: "Verdict") -> list[str]:
    """What a run that went wrong, or did nothing, said last: a few lines without what a terminal would act on."""
    runs = [run for run in verdict.runs if run.broken] or [
        run for run in verdict.runs if run.role == "trigger"
    ]
    if verdict.rung in ("controlled", "contrasted", "vouched") or not runs:
        return []
    lines = [line for line in runs[0].stderr.splitlines() if line.strip()][-5:]
    return ["".join(each if each.isprintable() else " " for each in line)[:200] for line in lines]
