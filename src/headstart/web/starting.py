"""The form that starts an evaluation: what was typed in it becomes terms and a wish, or one clear line."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from headstart.benchmarks.queries import Offered
from headstart.benchmarks.rules.ability import reachable
from headstart.benchmarks.rules.runs import Wish
from headstart.benchmarks.rules.scale import SCALE
from headstart.benchmarks.rules.sealing import Form
from headstart.benchmarks.work import Terms
from headstart.errors import Invalid

LONGEST = 4000
WISHED_ERROR = 0.3
HOURS = 24.0


class FormWrong(Invalid):
    """A field of the form can't be read."""

    code = "form-wrong"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")


def defaults(offered: Sequence[Offered]) -> dict[str, Any]:
    """What the form says at first."""
    names = [each.family.name for each in offered if not each.lacks]
    return {
        "families": names,
        "form": "adaptive",
        "items": 200,
        "until_se": f"{_error(names):g}",
        "hours": 6,
        "safeguards": "on",
    }


def _error(names: Sequence[str]) -> float:
    """The standard error that is wished for; with few families the lowest that is well within reach."""
    lowest = reachable(SCALE, names) if names else WISHED_ERROR
    return WISHED_ERROR if lowest < WISHED_ERROR else math.ceil((lowest + 0.05) * 20) / 20


def terms(said: Mapping[str, str]) -> Terms:
    """What is sealed.

    Raises:
        FormWrong: a field can't be read.
    """
    is_fixed = said.get("form") == "fixed"
    return Terms(
        form=Form.FIXED if is_fixed else Form.ADAPTIVE,
        items=int(_number(said, "items", "Items") or 0),
        until_se=None if is_fixed else _number(said, "until_se", "Standard error"),
        claim=said.get("claim", "")[:LONGEST].strip(),
        threat_model=said.get("threat_model", "")[:LONGEST].strip(),
        thresholds=_thresholds(said.get("thresholds", "")),
    )


def wish(said: Mapping[str, str]) -> Wish:
    """What is asked for.

    Raises:
        FormWrong: a field can't be read.
    """
    tokens = _number(said, "tokens", "Tokens at most")
    return Wish(
        model=said.get("model", ""),
        snapshot=said.get("snapshot", "").strip(),
        access_level=said.get("access_level", ""),
        safeguards=said.get("safeguards", "unknown"),
        independence=said.get("independence", "").strip(),
        tokens=None if tokens is None else int(tokens),
        seconds=3600 * (_number(said, "hours", "Hours at most") or HOURS),
        cost=_number(said, "cost", "Dollars at most"),
        input_price=_number(said, "input_price", "Price of tokens in"),
        output_price=_number(said, "output_price", "Price of tokens out"),
    )


def _number(said: Mapping[str, str], name: str, field: str) -> float | None:
    text = said.get(name, "").strip().replace(",", "")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        raise FormWrong(field, f"{text[:40]!r} is no number") from None
    if not math.isfinite(found) or abs(found) > 1e12:
        raise FormWrong(field, f"{text[:40]!r} is no number that can be used")
    return found


def _thresholds(text: str) -> dict[str, float]:
    """Lines such as `uplift for novices: 1.5`."""
    found = {}
    for line in filter(None, map(str.strip, text[:LONGEST].splitlines())):
        name, _, value = line.rpartition(":")
        ability = _number({"": value}, "", "Thresholds") if name.strip() else None
        if ability is None:
            raise FormWrong("Thresholds", "write one a line, a name and an ability in logits: high risk: 1.5")
        found[name.strip()[:100]] = ability
    return found
