"""`headstart programme`: the rules that windows are held under, on plain files, with no server."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from headstart.cli.output import as_json, dump, people

if TYPE_CHECKING:
    from headstart.reviews.rules import Programme


@click.group(epilog="Example: headstart programme diff eo14409 eo14409-draft")
def command() -> None:
    """List, show and compare programmes: the rules that pre-release windows are held under.

    None of them can hold a release back: a file that tries to is refused. A programme is named by its id, or by a
    file of one's own that ends in .toml.
    """


@command.command("list", epilog="Example: headstart programme list")
@as_json
def list_(*, json_: bool) -> None:
    """List the programmes that ship: their longest window, and what is known of them."""
    from headstart.reviews.work import programmes

    found = programmes()
    if json_:
        dump([_as_dict(each) for each in found])
        return
    for each in found:
        length = f"{each.longest_window_days} days" + (" (assumed)" if each.length_is == "assumed" else "")
        people.print(f"[bold]{each.id}[/bold]  {each.status}, {length} to {each.runs_to}")
        people.print(f"  {each.name}", markup=False)


@command.command(epilog="Example: headstart programme show eo14409")
@click.argument("programme")
@as_json
def show(*, programme: str, json_: bool) -> None:
    """Show one PROGRAMME: its rules, its terms, where it is from, and what of it is weak.

    A file that would add an approval step, or anything else that a programme has not, is refused in a line.
    """
    from headstart.reviews.rules import programme_words as words
    from headstart.reviews.work import load_programme

    found = load_programme(programme)
    if json_:
        dump(_as_dict(found))
        return
    people.print(found.name, style="bold", markup=False)
    for name, value in words.facts(found):
        people.print(f"{name}: {value}", markup=False)
    people.print(f"Legal basis: {found.legal_basis}", markup=False)
    for title, lines in (
        ("Terms", found.terms),
        ("What the authority looks at", found.criteria or ("nothing of that is public",)),
        ("Sources", found.firm),
        ("Weak", found.weak),
    ):
        _listed(title, lines)


@command.command(epilog="Example: headstart programme diff eo14409 eo14409-proposal --json")
@click.argument("first")
@click.argument("second")
@as_json
def diff(*, first: str, second: str, json_: bool) -> int:
    """Show where two programmes part ways, field by field. Ends with 1 where they do."""
    from headstart.reviews.rules import differences
    from headstart.reviews.rules import programme_words as words
    from headstart.reviews.work import load_programme

    a, b = load_programme(first), load_programme(second)
    found = differences(a, b)
    if json_:
        rows = [{"field": each.field, "first": each.a, "second": each.b} for each in found]
        dump({"first": a.id, "second": b.id, "differences": rows})
        return 1 if found else 0
    for each in found:
        people.print(words.label(each.field), style="bold", markup=False)
        for side, value in ((a, each.a), (b, each.b)):
            for line in words.lines(value):
                people.print(f"  {side.id}: {line}", markup=False)
    if not found:
        people.print(f"{a.id} and {b.id} have the same rules")
    return 1 if found else 0


def _listed(title: str, lines: Iterable[str]) -> None:
    shown = list(lines)
    if shown:
        people.print(f"\n{title}", style="bold")
        for each in shown:
            people.print(f"  {each}", markup=False)


def _as_dict(programme: "Programme") -> dict[str, Any]:
    import msgspec

    held: dict[str, Any] = msgspec.to_builtins(programme)
    return held
