"""`headstart verify`: was this signed, and is it what was signed?"""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people
from headstart.cli.place import in_data


@click.command(epilog="Example: headstart verify receipt.json --key hub.pub.pem")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, type=click.Path(path_type=Path),
    help="A public key (PEM) that you trust; may be given more than once. Without one: this place's own.",
)  # fmt: skip
@in_data
@as_json
def command(*, files: tuple[Path, ...], keys: tuple[Path, ...], data: Path, json_: bool) -> int:
    """Check receipts, advisories, what the sides of a review signed, log checkpoints, inclusion proofs, sealed plans.

    A folder is a run of `bench run`: its items are made again from the plan. Needs no server.
    """
    from headstart.advisories.work.verifying import KINDS as ADVISORIES
    from headstart.benchmarks.work import RunFolder
    from headstart.benchmarks.work.disclosing import KINDS as DISCLOSURES
    from headstart.benchmarks.work.verifying import KINDS as EVALUATIONS
    from headstart.benchmarks.work.verifying import verify_run
    from headstart.ledger.work import load_public, verify_file
    from headstart.proofs.work.verifying import KINDS as PROOFS
    from headstart.reviews.work.verifying import KINDS as REVIEWS

    trusted = [load_public(each) for each in keys or _own(data)]
    kinds = {**PROOFS, **EVALUATIONS, **DISCLOSURES, **REVIEWS, **ADVISORIES}
    found = [
        verify_run(RunFolder(each), trusted) if each.is_dir() else verify_file(each, trusted, kinds)
        for each in files
    ]
    if json_:
        rows = zip(files, found, strict=True)
        dump(
            [
                {
                    "file": str(file),
                    "holds": each.holds,
                    "kind": each.kind,
                    "sentence": each.sentence,
                    **each.details,
                }
                for file, each in rows
            ]
        )
    else:
        for file, each in zip(files, found, strict=True):
            mark = "[green]✓[/green]" if each.holds else "[red]✗[/red]"
            people.print(f"{mark} {file}:", end=" ")
            people.print(each.sentence, markup=False)
    return 0 if all(each.holds for each in found) else 1


def _own(data: Path) -> list[Path]:
    """The public half of the key that signs here."""
    from headstart.ledger.work import hub_key_path, public_path

    own = public_path(hub_key_path(data))
    if not own.is_file():
        raise click.UsageError(
            "name the public key that you trust: --key hub.pub.pem (none was made here yet)"
        )
    return [own]
