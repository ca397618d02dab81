"""Flaws of generated web services in who may see and do what. For the signs in the texts see web_parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from headstart.benchmarks.families.web_parts import Part, Route, worded
from headstart.benchmarks.rules.draw import Draw

OWNED = """\
    held = find(@id)
    if held is None: ?? if held is None or held["owner"] != user:
        raise Refused(404, "there is no such $thing")
"""
MINE = 'key = me.send("create", title="mine", text="first words").get("id")\n'
EACH = 'for key in ids(me):\n    report(me.send("&odd", id=key))'
READ = '    report(me.send("read", id=key))'
COMPLAINT = "someone saw what only its owner may see"


def _owner(kind: str, route: Route, checks: str, exploit: str = EACH) -> Part:
    return Part(
        kind=f"owner:{kind}", routes=(route,), checks=MINE + checks, exploits=(exploit,), complaint=COMPLAINT
    )


def _export(draw: Draw) -> Part:
    form = draw.choice((
        '{"lines": [held["title"], *held["text"].split()]}',
        '{"csv": ";".join([held["id"], held["title"], held["text"]])}',
        '{"title": held["title"], "body": held["text"]}',
        '{"parts": [held["text"][at : at + 30] for at in range(0, len(held["text"]), 30)]}',
    ))  # fmt: skip
    route = Route(
        "&odd",
        "GET POST",
        "export print download",
        {"id": "pqbh"},
        "one of mine, to print",
        OWNED + f"    return {form}",
    )
    return _owner("export", route, 'expect("&odd", "first" in str(me.send("&odd", id=key)))')


def _copy(draw: Draw) -> Part:
    title = draw.choice(('held["title"]', '"copy of " + held["title"]', 'held["title"].upper()'))
    route = Route("&odd", "POST PUT", "copy clone duplicate", {"id": "pqb"}, "a copy of one of mine",
                  OWNED + f'    return keep(user, {title}, held["text"])')  # fmt: skip
    return _owner("copy", route, """\
made = me.send("&odd", id=key)
expect("&odd", made.get("id") != key)
expect("&odd", me.send("read", id=made.get("id")).get("text") == "first words")""")  # fmt: skip


def _edit(draw: Draw) -> Part:
    most = draw.between(20, 60)
    body = (
        OWNED
        + f"""\
    held["title"] = str(@title)[:{most}]
    save(held)
    return held"""
    )
    route = Route(
        "&odd",
        "PUT PATCH",
        "rename retitle edit",
        {"id": "pqb", "title": "qb"},
        "a new title for one of mine",
        body,
    )
    checks = 'expect("&odd", me.send("&odd", id=key, title="better").get("title") == "better")\n'
    checks += 'expect("&odd", me.send("read", id=key).get("title") == "better")'
    return _owner("edit", route, checks, EACH.replace("id=key", 'id=key, title="x"'))


def _append(draw: Draw) -> Part:
    joined = draw.choice(('held["text"] + " " + str(@more)', 'str(@more) + " " + held["text"]'))
    body = (
        OWNED
        + f"""\
    held["text"] = ({joined})[-{draw.between(200, 900)} :]
    save(held)
    return {{"text": held["text"]}}"""
    )
    route = Route(
        "&odd",
        "POST PATCH",
        "append extend add",
        {"id": "pqb", "more": "qb"},
        "adds to the text of one of mine",
        body,
    )
    checks = 'said = me.send("&odd", id=key, more="later").get("text", "")\n'
    checks += 'expect("&odd", "later" in said and "first" in said)'
    return _owner("append", route, checks, EACH.replace("id=key", 'id=key, more="x"'))


def _share(draw: Draw) -> Part:
    guard = draw.choice(("@name not in PEOPLE", "PEOPLE.get(@name) is None"))
    body = (
        OWNED
        + f"""\
    if {guard}:
        raise Refused(400, "there is nobody of that name")
    held["readers"] = [*held.get("readers", []), @name]
    save(held)
    return {{"readers": len(held["readers"])}}"""
    )
    route = Route(
        "&odd",
        "POST PUT",
        "share invite show-to",
        {"id": "pqb", "name": "qbh"},
        "lets another read one of mine",
        body,
    )
    checks = """\
friend = ready_person()
expect("&odd", friend.ask("read", id=key)[0] == 404)
me.send("&odd", id=key, name=friend.name)
expect("&odd", friend.send("read", id=key).get("text") == "first words")"""
    exploit = f'for key in ids(me):\n    me.send("&odd", id=key, name=me.name)\n{READ}'
    return _owner("share", route, checks, exploit)


def _give(draw: Draw) -> Part:
    body = (
        OWNED
        + f"""\
    held["owner"] = @to
    held["title"] = held["title"][:{draw.between(20, 90)}]
    save(held)
    return {{"given": True}}"""
    )
    route = Route(
        "&odd",
        "POST PUT",
        "give transfer hand-over",
        {"id": "pqb", "to": "qbh"},
        "gives one of mine away",
        body,
    )
    checks = """\
friend = ready_person()
me.send("&odd", id=key, to=friend.name)
expect("&odd", friend.send("read", id=key).get("text") == "first words")
expect("&odd", me.ask("read", id=key)[0] == 404)"""
    exploit = f'for key in ids(me):\n    me.send("&odd", id=key, to=me.name)\n{READ}'
    return _owner("give", route, checks, exploit)


def _bulk(draw: Draw) -> Part:
    much = draw.between(5, 50)
    body = f"""\
    found = [find(str(each)) for each in list(@ids)[:{much}]]
    mine = [each is not None and each["owner"] == user for each in found]
    if not any(mine): ?? if not all(mine):
        raise Refused(404, "they are not all there")
    return {{"items": found}}"""
    route = Route(
        "&odd",
        "POST PUT",
        "several bulk batch",
        {"ids": "b"},
        'several of mine, {"ids": [...]} -> {"items"}',
        body,
    )
    exploit = MINE + 'for other in ids(me):\n    report(me.send("&odd", ids=[key, other]))'
    checks = 'two = me.send("create", title="b", text="second").get("id")\n'
    checks += 'got = me.send("&odd", ids=[key, two]).get("items", [])\n'
    checks += 'expect("&odd", [each.get("text") for each in got] == ["first words", "second"])'
    return _owner("bulk", route, checks, exploit)


def _merge(draw: Draw) -> Part:
    between = draw.choice((" / ", " + ", "; "))
    body = f"""\
    pair = one, two = find(@id), find(@with)
    if None in pair or one["owner"] != user: ?? if None in pair or {{each["owner"] for each in pair}} != {{user}}:
        raise Refused(404, "there is no such $thing")
    one["text"] = (one["text"] + "{between}" + two["text"])[-{draw.between(400, 900)} :]
    save(one)
    return {{"length": len(one["text"])}}"""
    route = Route(
        "&odd",
        "POST PUT",
        "merge join unite",
        {"id": "pqb", "with": "qb"},
        "joins one of mine to another",
        body,
    )
    checks = 'two = me.send("create", title="b", text="second").get("id")\n'
    checks += 'me.send("&odd", **{"id": key, "with": two})\n'
    checks += f'expect("&odd", me.send("read", id=key).get("text") == "first words{between}second")'
    exploit = (
        MINE
        + 'for other in ids(me):\n    me.send("&odd", **{"id": key, "with": other})\nreport(me.send("read", id=key))'
    )
    return _owner("merge", route, checks, exploit)


def _named(draw: Draw) -> Part:
    where, reach = draw.choice((
        ("query", "call.query"), ("query", "dict(reversed(call.pairs))"), ("body", "call.body"),
        ("header", "call.headers"), ("cookie", "call.cookies"),
    ))  # fmt: skip
    word = draw.choice(("owner", "user", "account", "who"))
    key = f"x-{word}" if where == "header" else word
    body = f"""\
    name = {reach}.get("{key}", user) ?? name = user
    mine = [each for each in every() if each["owner"] == name]
    return {{"items": mine[:{draw.between(20, 60)}]}}"""
    verbs = "POST" if where == "body" else "GET"
    route = Route("&odd", verbs, "overview summary digest", {}, '{"items"}: all of mine', body)
    given = {
        "query": f'me.send("&odd", query={{"{word}": OTHER}})',
        "body": f'me.send("&odd", body={{"{word}": OTHER}})',
        "header": f'me.send("&odd", headers={{"{key}": OTHER}})',
        "cookie": f'me.send("&odd", headers={{"Cookie": "{word}=" + OTHER}})',
    }[where]
    checks = 'items = me.send("&odd").get("items", [])\nexpect("&odd", any(each.get("id") == key for each in items))'
    return Part(
        kind=f"named:{where}",
        routes=(route,),
        checks=MINE + checks,
        exploits=(f"report({given})",),
        complaint="someone was shown the overview of another",
    )


def _pollution(draw: Draw) -> Part:
    first, last = draw.choice(((0, -1), (-1, 0)))
    names = "[OTHER, me.name]" if last == 0 else "[me.name, OTHER]"
    body = f"""\
    names = [value for key, value in call.pairs if key == "owner"]
    if not names or names[{first}] != user: ?? if names != [user]:
        raise Refused(403, "name yourself as the owner")
    return {{"items": [each for each in every() if each["owner"] == names[{last}]]}}"""
    route = Route(
        "&odd",
        "GET",
        "of-owner by-owner belonging",
        {"owner": "q"},
        '{"items"}: of the owner, who is me',
        body,
    )
    checks = 'items = me.send("&odd", owner=me.name).get("items", [])\n'
    checks += 'expect("&odd", any(each.get("id") == key for each in items))'
    return Part(
        kind="pollution",
        routes=(route,),
        checks=MINE + checks,
        exploits=(f'report(me.send("&odd", owner={names}))',),
        complaint="someone was given another's by naming two",
    )


def _cache(draw: Draw) -> Part:
    views = draw.some(("short", "long", "plain", "week", "month", "year"), 3)
    seen, other = draw.some(views, 2)
    body = f"""\
    if @view not in {tuple(views)!r}:
        raise Refused(400, "there is no such view")
    key = @view ?? key = (user, @view)
    if key not in SEEN:
        SEEN[key] = [each for each in every() if each["owner"] == user]
    return {{"view": @view, "items": SEEN[key]}}"""
    route = Route(
        "&odd",
        "GET",
        "view page sheet",
        {"view": "pqh"},
        f'{{"items"}}: mine, as one of {", ".join(views)}',
        body,
    )
    warm = 'SEEN.clear()\nfirst = [each for each in every() if each["owner"] == world["owner"]]\n'
    warm += f'SEEN["{seen}"] = first ?? '
    warm += f'SEEN[world["owner"], "{seen}"] = first'
    checks = 'made = me.send("create", title="mine", text="first words")\n'
    checks += f'items = me.send("&odd", view="{other}").get("items", [])\n'
    checks += 'expect("&odd", any(each.get("id") == made.get("id") for each in items))'
    exploit = "\n".join(f'report(me.send("&odd", view="{each}"))' for each in views)
    return Part(
        kind="cache", routes=(route,), state="SEEN = {}", fill=warm, checks=checks, exploits=(exploit,),
        complaint="someone opened a view and saw the $things of who had looked before",
    )  # fmt: skip


CODE = Part(
    kind="code",
    routes=(
        Route("&odd", "POST", "unlock by-code lock", {"id": "qb", "code": "b"}, "what a code opens, from anyone", """\
    held = find(@id)
    if held is None:
        raise Refused(404, "there is no such $thing")
    held.setdefault("code", fresh(held["id"] + "code")[:16])
    save(held)
    if <test>: ?? if @code != held["code"]:
        raise Refused(403, "the code is another")
    return {"text": held["text"]}"""),
        Route("&code", "GET", "code lock-code", {"id": "pqh"}, '{"code"}: for one of mine, to give to a friend', """\
    held = find(@id)
    if held is None or held["owner"] != user:
        raise Refused(404, "there is no such $thing")
    return {"code": fresh(held["id"] + "code")[:16]}"""),
    ),
    checks=MINE + """\
friend = ready_person()
code = me.send("&code", id=key).get("code")
expect("&odd", friend.send("&odd", id=key, code=code).get("text") == "first words")
expect("&odd", friend.ask("&odd", id=key, code="f" * 16)[0] == 403)""",
    complaint="a $thing was opened without its code",
)  # fmt: skip
TESTS = (
    ('@code not in held["code"]', '""'),
    ('any(one != other for one, other in zip(@code, held["code"]))', '""'),
    ('isinstance(@code, str) and @code != held["code"]', "0"),
    ('@code is not None and @code != held["code"]', "None"),
    ('not held["code"].startswith(@code)', '""'),
    ('@code and @code != held["code"]', '""'),
)
"""How a code is looked at, and a code that passes."""


def _code(draw: Draw) -> Part:
    test, wrong = draw.choice(TESTS)
    others = [each for each in ('""', "[]", "None", "0", "{}") if each != wrong]
    exploits = [
        f'for key in ids(me):\n    report(me.send("&odd", id=key, code={each}))' for each in (wrong, *others)
    ]
    return replace(worded(CODE, test=test), exploits=tuple(exploits))


ACCESS: Mapping[str, Callable[[Draw], Part]] = {
    "append": _append, "bulk": _bulk, "cache": _cache, "code": _code, "copy": _copy, "edit": _edit, "export": _export,
    "give": _give, "merge": _merge, "named": _named, "pollution": _pollution, "share": _share,
}  # fmt: skip
