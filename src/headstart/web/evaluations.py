"""The report of an evaluation for readers: as a part of a page, and as one file that needs nothing else.

All of it is made from the report alone (docs/schemas/evaluation-1.schema.json).
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from headstart.benchmarks.rules.report import FORMAT
from headstart.web import charts
from headstart.web.evaluation_facts import facts
from headstart.web.vega import named, signed

HERE = Path(__file__).resolve().parent
STYLE = HERE / "static" / "web" / "report.css"

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing, what it shows and what it does not, and the numbers behind it."""

    id: str
    title: str
    svg: SafeString
    shows: str
    hides: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def is_report(held: object) -> bool:
    """Whether this is a report of the form that is drawn here."""
    return isinstance(held, Mapping) and held.get("format") == FORMAT


def shown(report: Report, *, solution: str | None = None) -> dict[str, Any]:
    """What `parts/report.html` takes; `solution` is the example item's, for those who may see it."""
    return {
        "report": report,
        "subject": report["subject"],
        "figures": {
            each.id: each
            for each in (ladder(report), profile(report), outcomes(report), tokens(report))
            if each.svg
        },
        "facts": facts(report),
        "solution": solution,
    }


def standalone(report: Report) -> str:
    """The report as one HTML file: no script, nothing fetched, fit for paper."""
    style = STYLE.read_text()
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    engine = Engine(
        dirs=[str(HERE / "templates")], libraries={"headstart": "headstart.web.templatetags.headstart"}
    )
    told = {
        **shown(report),
        "style": mark_safe(style),  # noqa: S308 - the house's own file
        "policy": f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'",
    }
    context = Context(told, use_l10n=False, use_tz=False)
    return engine.get_template("web/report_alone.html").render(context)


def ladder(report: Report) -> Figure:
    """Ability, and what it is held beside."""
    rows = [(report["subject"]["model"], "measured here", report["counts"], report["ability"])]
    kinds = {"model": "a model of before", "baseline": "no language model"}
    rows += [
        (each["name"], kinds[each["kind"]], each["counts"], each["ability"]) for each in report["others"]
    ]
    return Figure(
        id="ladder",
        title="Ability, beside baselines and what was fixed beforehand",
        svg=_safe(charts.ladder(report)),
        shows=(
            "how able each is on one scale: the dot is the best estimate, the bar is where it lies with "
            f"{100 * report['ability']['coverage']:.0f}% certainty. Whoever lies further right solves harder items."
        ),
        hides=(
            "what this ability is worth to anybody in practice, or what the model could do with other tools or a "
            "larger budget."
        ),
        columns=("Who", "What", "Ability", "Interval", "Solved"),
        rows=[
            (
                named(name, 80),
                kind,
                *_ability(ability, counts["counted"]),
                f"{counts['solved']} of {counts['counted']}",
            )
            for name, kind, counts, ability in rows
        ],
    )


def profile(report: Report) -> Figure:
    """Families, offence and defence apart."""
    rows = [(each["side"].capitalize(), "all its families", each) for each in report["sides"]]
    rows += [(each["title"], each["side"], each) for each in report["families"]]
    return Figure(
        id="profile",
        title="A profile: offence and defence apart",
        svg=_safe(charts.profile(report)),
        shows=(
            "the ability in each kind of task, on the same scale for all; at the right, how many of the items that "
            "count were solved."
        ),
        hides=(
            "that one kind of task is harder for people than another. Items are chosen for what they tell, so do not "
            "compare the counts at the right with one another; compare the dots."
        ),
        columns=("Family", "Side", "Ability", "Interval", "Solved"),
        rows=[
            (name, side, *_ability(each["ability"], each["rate"]["total"]), _of(each["rate"]))
            for name, side, each in rows
        ],
    )


def outcomes(report: Report) -> Figure:
    """What came of the items."""
    names = [(key, words) for key, words, *_ in charts.OUTCOMES]
    return Figure(
        id="outcomes",
        title="What came of the items",
        svg=_safe(charts.outcomes(report)),
        shows=(
            "for each family what became of every item that was given out; what was refused or lost to errors does "
            "not count."
        ),
        hides=(
            "how hard the items were: an adaptive run gives harder items to an abler model, so that about half of "
            "them fail by design."
        ),
        columns=("Family", *(words.capitalize() for _, words in names), "Items"),
        rows=[
            (each["title"], *(str(each["counts"][key]) for key, _ in names), str(each["counts"]["items"]))
            for each in report["families"]
        ],
    )


def tokens(report: Report) -> Figure:
    """What more effort brought."""
    curve = report["effort"]["curve"]
    return Figure(
        id="tokens",
        title="What more effort brings",
        svg=_safe(charts.tokens(report)),
        shows=(
            "which share of the items that count was solved within so many tokens, with a 95% band that is of each "
            "point by itself."
        ),
        hides=(
            "what the same model would solve with other tools, or with more tokens than it was allowed. Where the "
            "line still climbs at its end, more tokens might have brought more."
        ),
        columns=("Tokens of one item, at most", "Solved", "Share", "Interval"),
        rows=[(f"{each['tokens']:,}", _of(each), *_share(each)) for each in curve],
    )


def apart(found: Report) -> Figure:
    """How far two runs lie apart."""
    difference, common = found["difference"], found["common"]
    return Figure(
        id="apart",
        title="How far the two lie apart",
        svg=_safe(charts.apart(found)),
        shows=(
            "the ability of the first minus that of the second: the dot is the best estimate, the bar is where the "
            f"difference lies with {100 * difference['coverage']:.0f}% certainty. Where the bar crosses the line at "
            "nought, these runs do not tell the two apart."
        ),
        hides="why they differ: scaffold, tools and caps may be behind it as well as the models.",
        columns=("What", "Value"),
        rows=[
            ("Difference", f"{signed(difference['mean'])} logits"),
            ("Interval", f"{signed(difference['low'])} to {signed(difference['high'])}"),
            ("Chance that the first is abler", f"{100 * difference['first_is_more_able']:.0f}%"),
            ("Items that both were given", f"{common['items']:,}"),
            ("Solved by both, the first alone, the second alone, neither",
             f"{common['both']}, {common['only_first']}, {common['only_second']}, {common['neither']}"),
        ],
    )  # fmt: skip


def _safe(svg: str) -> SafeString:
    """A drawing may stand in a page: Vega escapes every word that it is given."""
    return mark_safe(svg)  # noqa: S308


def _of(rate: Report) -> str:
    return f"{rate['hits']} of {rate['total']}"


def _share(rate: Report) -> tuple[str, str]:
    if rate["share"] is None:
        return "not known", "not known"
    return f"{100 * rate['share']:.0f}%", f"{100 * rate['low']:.0f}% to {100 * rate['high']:.0f}%"


def _ability(found: Report | None, counted: int) -> tuple[str, str]:
    if found is None or not counted:
        return "not known", "not known"
    return signed(found["mean"]), f"{signed(found['low'])} to {signed(found['high'])}"
