"""Generated web services: a layout, a store, sessions, parts without flaws, gates, and one part with one flaw.

Flawed and mended service are the same line for line but for the flaw. What uses a service (solutions, checks, exploits)
is text too: it runs with `call`, `hand_in`, `OTHER` and the account it was given, see HANDS.
"""

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from headstart.benchmarks.families import web_text
from headstart.benchmarks.families.web_flaws import ACCESS
from headstart.benchmarks.families.web_gates import GATES
from headstart.benchmarks.families.web_layout import (
    CARRIED,
    NEW_ID,
    SESSIONS,
    STORES,
    Layout,
    Placed,
    core,
    layout,
    placed,
)
from headstart.benchmarks.families.web_parts import PLAIN, Part, variant
from headstart.benchmarks.families.web_queries import QUERIES
from headstart.benchmarks.families.web_tokens import TOKENS
from headstart.benchmarks.families.web_tricks import TRICKS
from headstart.benchmarks.rules.draw import Draw

FLAWS = {**ACCESS, **QUERIES, **TRICKS, **TOKENS}
ARGUMENTS = re.compile(r"\{[a-z]+\}")


@dataclass(frozen=True, slots=True)
class Dial:
    """What a level asks for."""

    flaws: tuple[str, ...]
    ids: tuple[str, ...]
    gates: tuple[int, ...]  # how steep each is: an index of STEEP
    decoys: int  # parts like flawed ones that have no flaw
    plain: int


STEEP = (
    ("terms",),
    ("terms", "errands", "letters"),
    ("ticket", "work"),
    ("cipher", "errands"),
    ("affine", "mix"),
)
DIALS = (
    Dial(("append", "copy", "edit", "export", "named"), ("count",), (), 1, 3),
    Dial(("append", "bulk", "cache", "code", "copy", "edit", "give", "named", "share"), ("count", "board"), (), 2, 3),
    Dial(("bulk", "code", "export", "give", "mass", "merge", "pollution", "share"), ("board", "pages"), (0,), 2, 4),
    Dial(("canonical", "desk", "format", "mass", "path", "pollution", "prefix", "sql"),
         ("board", "pages", "hash"), (1,), 3, 4),
    Dial(("desk", "format-hard", "pass", "path-filter", "prefix", "recover", "sql-filter"),
         ("hash", "pages"), (1, 2), 4, 5),
    Dial(("canonical", "format-hard", "pass-hard", "path-hard", "recover-hard", "sql-filter", "sql-order"),
         ("hash", "pages"), (1, 3, 4), 5, 5),
    Dial(("pass-hard", "path-hard", "recover-hard", "sql-order"), ("hash", "pages"), (1, 2, 3, 4), 6, 6),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A generated service, both ways, and the texts that use it."""

    thing: str
    flawed: str
    mended: str
    page: str  # api.json: what each route takes and gives
    hands: str  # defines ROUTES, Person, ready, ids
    core_hands: str  # the same for no more than the routes that every service has
    exploits: tuple[str, ...]
    checks: Mapping[str, str]  # of each part that can be used
    kind: str
    digest: str  # that sessions are signed with, where they are
    complaint: str
    feature: str  # verb and path of the flawed route
    shape: str


def service(draw: Draw, dial: Dial, door: str = "plain") -> Service:
    """A service. `door` says what lets a person in: an account, or besides what another service holds."""
    name = draw.choice(dial.flaws)
    flaw = FLAWS[name](draw)
    steep = [draw.choice(STEEP[each]) for each in dial.gates]
    gates = [GATES[each](draw, at) for at, each in enumerate(dict.fromkeys(steep))]
    decoys = [FLAWS[each](draw) for each in _kinds(draw, name)[: dial.decoys]]
    plain = [PLAIN[each](draw) for each in draw.some(sorted(PLAIN), dial.plain)]
    made = layout(draw, draw.choice(dial.ids), door)
    parts = {"": core(made), "f_": flaw}
    parts.update({f"g{at}_": each for at, each in enumerate(gates)})
    parts.update({f"d{at}_": each for at, each in enumerate([*decoys, *plain])})
    return _assembled(draw, made, parts, len(gates))


def _kinds(draw: Draw, but: str) -> list[str]:
    """Flaws for decoys: one of a sort, none of the sort of the planted one."""
    one = {each.partition("-")[0]: each for each in draw.shuffled(sorted(FLAWS))}
    return [each for sort, each in one.items() if sort != but.partition("-")[0]]


def _assembled(draw: Draw, made: Layout, parts: Mapping[str, Part], gates: int) -> Service:
    taken: set[str] = set()
    routes = {
        prefix: [placed(draw, made, each, prefix, taken) for each in part.routes]
        for prefix, part in parts.items()
    }
    order = draw.shuffled([(prefix, each) for prefix, several in routes.items() for each in several])
    handlers = [
        (prefix, each, _handler(made, each, gates if prefix == "f_" else 0)) for prefix, each in order
    ]
    flaw = parts["f_"]
    texts = {}
    for mended in (False, True):
        written = [(each, variant(text, mended=mended or prefix != "f_")) for prefix, each, text in handlers]
        fill = ['keep(world["owner"], "private", world["secret"])'] if flaw.hides else []
        fill += [variant(part.fill, mended=mended or at != "f_") for at, part in parts.items() if part.fill]
        state = [each.state for each in parts.values() if each.state]
        texts[mended] = _text(made, written, state, fill)
    return Service(
        thing=made.thing,
        flawed=texts[False],
        mended=texts[True],
        page=json.dumps([_page(each) for _, each in order], indent=1),
        hands=_hands(made, [each for _, each in order], parts),
        core_hands=_hands(made, routes[""], {}),
        exploits=tuple(each.replace("&", "f_") for each in flaw.exploits),
        checks={prefix: part.checks.replace("&", prefix) for prefix, part in parts.items() if part.checks},
        kind=flaw.kind,
        digest=made.digest,
        complaint=made.words(flaw.complaint),
        feature=next(f"{each.verb} {each.path}" for each in routes["f_"] if each.key == "f_odd"),
        shape=" ".join((flaw.kind, made.shape, *sorted(each.kind for each in parts.values()))),
    )


def _handler(made: Layout, route: Placed, stage: int) -> str:
    first = (
        f'@on("{route.verb}", "{ARGUMENTS.sub("*", route.path)}", {route.is_open})\n'
        if made.router == "decorated"
        else ""
    )
    before = f"    need(user, {stage})\n" if stage else ""
    doc = f"{route.doc[0].upper()}{route.doc[1:]}."
    return f'{first}def {route.name}(call, user):\n    """{doc}"""\n{before}{route.body}\n'


def _text(made: Layout, written: list[tuple[Placed, str]], state: list[str], fill: list[str]) -> str:
    routes = [each for each, _ in written]
    rules = {
        "$store": STORES[made.store],
        "$session": SESSIONS[made.session]
        .replace("$carried", CARRIED[made.carry])
        .replace("$hash", made.digest),
        "$carrying": web_text.CARRYING[made.carry],
        "$docs": "\n".join(each.line for each in routes),
        "$new_id": NEW_ID[made.ids],
        "$step": str(made.step),
        "$first": str(made.first),
        "$more": textwrap.indent("\n".join(fill), "    "),
        "$entry": web_text.ENTRY if made.door == "entry" else "",
        "$rows": "\n".join(
            f'    ("{each.verb}", r"{ARGUMENTS.sub("([^/]+)", each.path)}", {each.name}, {each.is_open}),'
            for each in routes
        ),
        "$opens": "\n".join(_branch(each, "None") for each in routes if each.is_open),
        "$closed": "\n".join(_branch(each, "user") for each in routes if not each.is_open),
    }
    handlers = "\n\n".join(f"{text}\n" for _, text in written) + "\n"
    middle = {
        "table": handlers + web_text.TABLE,
        "decorated": web_text.DECORATED + handlers,
        "chain": handlers + web_text.CHAIN,
    }[made.router]
    text = (
        web_text.HEAD
        + "".join(f"\n{each}\n" for each in state)
        + f"\n\n{web_text.FILL}\n\n{middle}{web_text.APPLICATION}"
    )
    for sign, said in rules.items():
        text = text.replace(sign, said)
    return made.words(text)


def _branch(route: Placed, user: str) -> str:
    parts = route.path.strip("/").split("/")
    tests = [f'call.verb == "{route.verb}"', f"len(parts) == {len(parts)}"]
    tests += [f'parts[{at}] == "{part}"' for at, part in enumerate(parts) if not part.startswith("{")]
    holes = [at for at, part in enumerate(parts) if part.startswith("{")]
    rest = "".join(f"        call.rest = parts[{at} : {at + 1}]\n" for at in holes)
    return f"    if {' and '.join(tests)}:\n{rest}        return {route.name}(call, {user})"


def _page(route: Placed) -> dict[str, object]:
    """A route as `api.json` has it."""
    return {
        "verb": route.verb,
        "path": route.path,
        "arguments": route.places,
        "does": route.doc,
        "session": not route.is_open,
    }


def _hands(made: Layout, routes: list[Placed], parts: Mapping[str, Part]) -> str:
    """The text that defines what solutions and checks use."""
    table = {each.key: [each.verb, each.path, dict(each.places)] for each in routes}
    ready = (
        "\n".join(part.ready.replace("&", prefix) for prefix, part in parts.items() if part.ready) or "pass"
    )
    ids = web_text.IDS[made.ids].format(first=made.first, step=made.step)
    return (
        f"ROUTES = {json.dumps(table)}\nCARRY = {made.carry!r}\n{web_text.HANDS}"
        f"def ready(me):\n{textwrap.indent(ready, '    ')}\n\n\ndef ids(me):\n{ids}\n\n\n"
    )
