"""`headstart doctor`: is this machine fit to run untrusted code?"""

from pathlib import Path

import click

from headstart.cli.output import as_json, dump, people

WORDS = {True: "[green]held[/green]", False: "[red]GOT OUT[/red]", None: "[yellow]can't tell[/yellow]"}


@click.command(epilog="Example: headstart doctor")
@click.option("--data", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@as_json
def command(*, data: Path, json_: bool) -> int:
    """Try to break out of the sandbox, and say what held and what is missing.

    Ends with 1 where untrusted code can't be run here.
    """
    from headstart.sandbox.work import examine

    found = examine(data.absolute() / "sandbox")
    if json_:
        dump(
            {
                "fit": found.fit,
                "provider": found.provider,
                "why": found.why,
                "tries": [
                    {"name": each.name, "held": each.held, "sentence": each.sentence} for each in found.tries
                ],
                "missing": [
                    {"what": each.what, "consequence": each.consequence, "remedy": each.remedy}
                    for each in found.missing
                ],
            }
        )
        return 0 if found.fit else 1
    people.print(f"sandbox: [bold]{found.provider or 'none'}[/bold]")
    for each in found.tries:
        people.print(f"  {WORDS[each.held]}  {each.name}: ", end="")
        people.print(each.sentence, markup=False)
    for lack in found.missing:
        people.print(f"  [yellow]missing[/yellow]  {lack.what}: {lack.consequence}\n           {lack.remedy}")
    verdict = "fit to run untrusted code" if found.fit else "NOT fit to run untrusted code"
    people.print(f"[bold]This machine is {verdict}.[/bold]")
    if found.why:
        people.print(found.why, markup=False)
    return 0 if found.fit else 1
