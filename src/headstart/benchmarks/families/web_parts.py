"""What generated web services are made of: routes, and parts that hold some of them.

In a body `@name` is an argument of the route, wherever the layout puts it; `$thing` is the service's noun; `&key` is
the full key of one of the part's own routes; `<name>` is what was drawn; `A ?? B` is a line as the flawed service has
it, and as the mended one does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from headstart.benchmarks.rules.draw import Draw

ARGUMENT = re.compile(r"@([a-z]+)")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: `params` says for each argument where it may be: p(ath), q(uery), b(ody), h(eader)."""

    key: str  # what solutions and checks call it
    verbs: str
    stems: str
    params: Mapping[str, str]
    doc: str
    body: str
    is_open: bool = False  # needs no session


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some routes with their state, and texts of Python that use them.

    `ready` is the body of a function of a logged-in person that does what opens the way; `checks` says what is
    documented; each of `exploits` reports what a person gets of another's, where the flaw is.
    """

    kind: str
    routes: tuple[Route, ...]
    state: str = ""
    fill: str = ""
    ready: str = ""
    checks: str = ""
    exploits: tuple[str, ...] = ()
    hides: bool = True  # whether the secret lies in a record; otherwise `fill` says where
    complaint: str = ""  # what a person would notice


def worded(part: Part, **words: str) -> Part:
    """The part with each `<name>` in its texts replaced."""

    def said(text: str) -> str:
        for name, word in words.items():
            text = text.replace(f"<{name}>", word)
        return text

    routes = tuple(
        replace(each, stems=said(each.stems), doc=said(each.doc), body=said(each.body))
        for each in part.routes
    )
    return replace(
        part,
        kind=said(part.kind),
        routes=routes,
        state=said(part.state),
        fill=said(part.fill),
        ready=said(part.ready),
        checks=said(part.checks),
        exploits=tuple(map(said, part.exploits)),
    )


def variant(text: str, *, mended: bool) -> str:
    """The text as the mended, or the flawed, service has it."""
    lines = []
    for line in text.splitlines():
        bad, either, good = line.partition(" ?? ")
        lines.append(bad[: len(bad) - len(bad.lstrip())] + good if either and mended else bad)
    return "\n".join(lines)


def _named(draw: Draw) -> tuple[str, str]:
    return draw.choice("abcdefgh") + draw.choice("aeiou") + draw.choice("lmnrst"), str(draw.between(10, 99))


def _greet(draw: Draw) -> Part:
    word = draw.choice(("hello", "welcome", "good day", "greetings"))
    body = f'    return {{"says": "{word}, " + user + "{draw.choice("!.")}"}}'
    route = Route("&greet", "GET", "hello greeting welcome", {}, '{"says"}: a greeting', body)
    return Part(
        kind="greet",
        routes=(route,),
        checks='expect("greet", me.name in str(me.send("&greet").get("says")))',
    )


def _count(draw: Draw) -> Part:
    body = f"""\
    mine = [each for each in every() if each["owner"] == user]
    letters = sum(len(each["text"]) for each in mine)
    return {{"count": len(mine), "letters": letters * {draw.between(1, 9)}}}"""
    route = Route(
        "&count", "GET", "count sum tally", {}, '{"count", "letters"}: how much of the $things is mine', body
    )
    return Part(
        kind="count",
        routes=(route,),
        checks="""\
before = me.send("&count").get("count", 0)
me.send("create", title="one", text="more")
expect("count", me.send("&count").get("count") == before + 1)""",
    )


def _colour(draw: Draw) -> Part:
    default, most = _named(draw)
    body = f"""\
    if not isinstance(@colour, str) or len(@colour) > {most}:
        raise Refused(400, "this is no colour")
    COLOURS[user] = @colour
    return {{"colour": COLOURS[user]}}"""
    paint = Route("&paint", "PUT POST", "colour paint", {"colour": "qbh"}, "sets my colour", body)
    look = f'    return {{"colour": COLOURS.get(user, "{default}")}}'
    shown = Route("&shown", "GET", "shown tint", {}, '{"colour"}: my colour', look)
    return Part(
        kind="colour",
        routes=(paint, shown),
        state="COLOURS = {}",
        fill="COLOURS.clear()",
        checks='me.send("&paint", colour="teal")\nexpect("colour", me.send("&shown").get("colour") == "teal")',
    )


def _star(draw: Draw) -> Part:
    most = draw.between(20, 60)
    body = f"""\
    held = find(@id)
    if held is None or held["owner"] != user:
        raise Refused(404, "there is no such $thing")
    held["stars"] = min(held.get("stars", 0) + 1, {most})
    save(held)
    return {{"stars": held["stars"]}}"""
    route = Route(
        "&star", "POST PUT", "star like praise", {"id": "pqb"}, "one star more for one of mine", body
    )
    return Part(
        kind="star",
        routes=(route,),
        checks="""\
key = me.send("create", title="s", text="starred").get("id")
me.send("&star", id=key)
expect("star", me.send("&star", id=key).get("stars") == 2)""",
    )


def _search(draw: Draw) -> Part:
    how = draw.choice(('@word in each["text"]', '@word.lower() in each["text"].lower()'))
    body = f"""\
    return {{"items": [each for each in every() if each["owner"] == user and {how}]}}"""
    route = Route(
        "&grep", "GET", "grep among within", {"word": "qph"}, '{"items"}: mine that hold the word', body
    )
    return Part(
        kind="search",
        routes=(route,),
        checks="""\
me.send("create", title="g", text="a heron stands")
expect("grep", [each.get("title") for each in me.send("&grep", word="heron").get("items", [])] == ["g"])""",
    )


def _remove(draw: Draw) -> Part:
    status, why = draw.choice(((404, "there is no such $thing"), (403, "this is not yours")))
    body = f"""\
    held = find(@id)
    if held is None or held["owner"] != user:
        raise Refused({status}, "{why}")
    drop(held["id"])
    return {{"gone": True}}"""
    route = Route("&remove", "DELETE POST", "remove discard drop", {"id": "pqb"}, "one of mine goes", body)
    return Part(
        kind="remove",
        routes=(route,),
        checks="""\
key = me.send("create", title="r", text="short-lived").get("id")
me.send("&remove", id=key)
expect("remove", me.ask("read", id=key)[0] == 404)""",
    )


def _notice(draw: Draw) -> Part:
    most = draw.between(5, 20)
    body = f"""\
    NOTICES.append({{"from": user, "says": str(@says)[:80]}})
    del NOTICES[:-{most}]
    return {{"count": len(NOTICES)}}"""
    put = Route(
        "&pin", "POST", "notice pinboard post", {"says": "b"}, "puts a notice up, for all to read", body
    )
    get = Route(
        "&notices", "GET", "notices news", {}, '{"items"}: the notices', '    return {"items": NOTICES}'
    )
    return Part(
        kind="notice",
        routes=(put, get),
        state="NOTICES = []",
        fill="NOTICES.clear()",
        checks="""\
me.send("&pin", says="lost: one glove")
expect("notices", "lost: one glove" in str(me.send("&notices")))""",
    )


def _vote(draw: Draw) -> Part:
    first, second = draw.some(("tea", "rain", "chess", "sleep", "bread", "salt"), 2)
    body = f"""\
    if @choice not in ("{first}", "{second}"):
        raise Refused(400, "this is not up for a vote")
    VOTES[user] = @choice
    return {{"votes": list(VOTES.values()).count(@choice)}}"""
    route = Route(
        "&vote", "POST PUT", "vote ballot choose", {"choice": "qbp"}, f"a vote for {first} or {second}", body
    )
    return Part(
        kind="vote",
        routes=(route,),
        state="VOTES = {}",
        fill="VOTES.clear()",
        checks=f"""\
me.send("&vote", choice="{first}")
expect("vote", me.send("&vote", choice="{first}").get("votes") == 1)""",
    )


def _oldest(draw: Draw) -> Part:
    at, what = draw.choice(((0, "oldest"), (-1, "newest")))
    body = f"""\
    mine = [each for each in every() if each["owner"] == user]
    return {{"title": mine[{at}]["title"] if mine else ""}}"""
    route = Route("&edge", "GET", f"{what} {what}-one", {}, f'{{"title"}}: of my {what}', body)
    return Part(
        kind="oldest",
        routes=(route,),
        checks="""\
me.send("create", title="only", text="x")
expect("edge", bool(me.send("&edge").get("title")))""",
    )


PLAIN: Mapping[str, Callable[[Draw], Part]] = {
    "colour": _colour, "count": _count, "greet": _greet, "notice": _notice, "oldest": _oldest,
    "remove": _remove, "search": _search, "star": _star, "vote": _vote,
}  # fmt: skip
"""Parts with nothing to be found in them."""
