"""How a generated web service is laid out: its noun, its paths, its sessions, where records lie, how it routes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from headstart.benchmarks.families.web_parts import ARGUMENT, Part, Route
from headstart.benchmarks.rules.draw import Draw

THINGS = ("note", "recipe", "letter", "sketch", "plan", "song", "ticket-stub", "diary page", "map", "parcel")
CARRIED = {
    "bearer": 'call.headers.get("authorization", "").removeprefix("Bearer ")',
    "header": 'call.headers.get("x-session", "")',
    "cookie": 'call.cookies.get("session", "")',
    "query": 'call.query.get("session", "")',
}
SESSIONS = {
    "table": '''\
def open_session(name):
    """A new session of a person."""
    token = f"{STATE['random'].getrandbits(80):020x}"
    TOKENS[token] = name
    return token


def who(call):
    """Whose session a call brings."""
    name = TOKENS.get($carried)
    if name is None:
        raise Refused(401, "log in first")
    return name
''',
    "signed": '''\
def sign(name):
    """The mark of a name."""
    return hmac.new(STATE["key"].encode(), name.encode(), "$hash").hexdigest()[:20]


def open_session(name):
    """A new session of a person."""
    return f"{name}.{sign(name)}"


def who(call):
    """Whose session a call brings."""
    name, _, mark = $carried.rpartition(".")
    if name not in PEOPLE or not hmac.compare_digest(mark.encode(), sign(name).encode()):
        raise Refused(401, "log in first")
    return name
''',
    "rows": '''\
def open_session(name):
    """A new session of a person."""
    TOKENS[name] = fresh(f"{name}{len(TOKENS)}{STATE['random'].random()}")[:20]
    return name + ":" + TOKENS[name]


def who(call):
    """Whose session a call brings."""
    name, _, token = $carried.partition(":")
    if not token or TOKENS.get(name) != token:
        raise Refused(401, "log in first")
    return name
''',
}  # fmt: skip
STORES = {
    "dict": '''\
RECORDS = {}


def find(key):
    """The $thing of that id, or None."""
    return RECORDS.get(key)


def every():
    """All $things."""
    return list(RECORDS.values())


def save(held):
    """Keep what was changed."""
    RECORDS[held["id"]] = held


def drop(key):
    """Forget a $thing."""
    del RECORDS[key]
''',
    "list": '''\
RECORDS = []


def find(key):
    """The $thing of that id, or None."""
    for held in RECORDS:
        if held["id"] == key:
            return held
    return None


def every():
    """All $things."""
    return list(RECORDS)


def save(held):
    """Keep what was changed."""
    drop(held["id"])
    RECORDS.append(held)


def drop(key):
    """Forget a $thing."""
    RECORDS[:] = [held for held in RECORDS if held["id"] != key]
''',
    "shelf": '''\
class Shelf:
    """Where the $things lie, as text."""

    def __init__(self):
        self.held = {}

    def clear(self):
        """Take all away."""
        self.held.clear()


RECORDS = Shelf()


def find(key):
    """The $thing of that id, or None."""
    text = RECORDS.held.get(key)
    return None if text is None else json.loads(text)


def every():
    """All $things."""
    return [json.loads(text) for text in RECORDS.held.values()]


def save(held):
    """Keep what was changed."""
    RECORDS.held[held["id"]] = json.dumps(held)


def drop(key):
    """Forget a $thing."""
    RECORDS.held.pop(key)
''',
}
NEW_ID = {
    "count": 'str(STATE["count"])',
    "hash": "hashlib.sha256(f\"{owner}/{STATE['count']}\".encode()).hexdigest()[:12]",
    "board": "f\"{STATE['random'].getrandbits(48):012x}\"",
    "pages": "f\"{STATE['random'].getrandbits(40):x}\"",
}
BOARD = '{"id": each["id"], "owner": each["owner"], "title": each["title"]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What was drawn for one service."""

    thing: str
    base: str
    carry: str
    session: str
    store: str
    router: str
    digest: str
    ids: str
    door: str
    inline: bool
    nested: bool
    first: int
    step: int

    def words(self, text: str) -> str:
        """The text with the noun put in."""
        return text.replace("$things", self.thing + "s").replace("$thing", self.thing)

    @property
    def shape(self) -> str:
        """The structural choices."""
        return " ".join((self.carry, self.session, self.store, self.router, self.ids, self.door))


@dataclass(frozen=True, slots=True)
class Placed:
    """A route where the layout put it."""

    key: str
    verb: str
    path: str
    places: Mapping[str, str]
    doc: str
    name: str
    body: str
    is_open: bool

    @property
    def line(self) -> str:
        """As the service's own documentation has it."""
        given = " ".join(f"{name} ({place})" for name, place in self.places.items() if place != "path")
        return f"{self.verb} {self.path} {given}".strip() + f": {self.doc}"


def layout(draw: Draw, ids: str, door: str) -> Layout:
    """A layout."""
    return Layout(
        thing=draw.choice(THINGS),
        base=draw.choice(("", "/api", "/v1", "/app")),
        carry=draw.choice(sorted(CARRIED)),
        session="signed" if door == "key" else draw.choice(sorted(SESSIONS)),
        store=draw.choice(sorted(STORES)),
        router=draw.choice(("table", "decorated", "chain")),
        digest=draw.choice(("sha256", "sha1", "sha512")),
        ids=ids,
        door=door,
        inline=draw.below(2) == 0,
        nested=draw.below(2) == 0,
        first=draw.between(1, 40),
        step=draw.choice((1, 1, 2, 3, 7)),
    )


def core(made: Layout) -> Part:
    """What every service has: people, and what they keep."""
    invited = made.door == "invite"
    join = """\
    if not re.fullmatch("[a-z0-9]{1,20}", @name) or @name in PEOPLE:
        raise Refused(409, "another name, please")
""" + ('    if @invite != STATE["invite"]:\n        raise Refused(403, "by invitation only")\n' if invited else "") + (
        '    raise Refused(403, "the books are closed")' if made.door == "key" else
        '    PEOPLE[@name] = {"password": @password, "stage": 0}\n    return {"name": @name}'
    )  # fmt: skip
    login = """\
    if @name not in PEOPLE or PEOPLE[@name]["password"] != @password:
        raise Refused(401, "name and password do not match")
    return {"token": open_session(@name)}"""
    read = """\
    held = find(@id)
    if held is None or (held["owner"] != user and user not in held.get("readers", [])):
        raise Refused(404, "there is no such $thing")
    return held"""
    given = {"name": "b", "password": "b"}
    newcomer = {**given, **({"invite": "b"} if invited else {})}
    routes = [
        Route("join", "POST", "join people register", newcomer, "a new account", join, is_open=True),
        Route("login", "POST PUT", "login sessions sign-in", given, '{"token"}: a session', login, is_open=True),
        Route("create", "POST PUT", "new create write", {"title": "b", "text": "b"}, "keeps a new $thing of mine",
              "    return keep(user, str(@title), str(@text))"),
        Route("read", "GET", "read show item", {"id": "pqh"}, "one $thing, mine or shared with me", read),
        Route("list", "GET", "mine list own", {}, '{"items"}: mine',
              '    return {"items": [each for each in every() if each["owner"] == user]}'),
    ]  # fmt: skip
    if made.ids == "board":
        body = f'    return {{"items": [{BOARD} for each in every()]}}'
        routes.append(
            Route("board", "GET", "board index directory", {}, '{"items"}: id, owner, title of all', body)
        )
    if made.ids == "pages":
        body = f"""\
    at = int(@after or 0)
    after = at + 3 if len(every()) > at + 3 else None
    return {{"items": [{BOARD} for each in every()[at : at + 3]], "after": after}}"""
        doc = '{"items", "after"}: id, owner, title of all, three at a time'
        routes.append(Route("board", "GET", "board index directory", {"after": "q"}, doc, body))
    checks = """\
made = me.send("create", title="tea", text="two spoons")
expect("read", me.send("read", id=made.get("id")).get("text") == "two spoons")
expect("list", any(each.get("id") == made.get("id") for each in me.send("list").get("items", [])))
expect("read", fresh_person().ask("read", id=made.get("id"))[0] == 404)
expect("login", me.ask("login", name=me.name, password="not it")[0] == 401)
expect("join", me.ask("join", name=me.name, password="x")[0] == 409)"""
    return Part(kind="core", routes=tuple(routes), checks=checks)


def placed(draw: Draw, made: Layout, route: Route, prefix: str, taken: set[str]) -> Placed:
    """Put a route somewhere: its verb, its path, where its arguments are."""
    verb = draw.choice(route.verbs.split())
    stem = draw.choice(
        [each for each in route.stems.split() if each not in taken] or [f"{prefix}{route.stems.split()[0]}"]
    )
    taken.add(stem)
    places: dict[str, str] = {}
    path = f"{made.base}/{stem}"
    for name, options in route.params.items():
        can = [
            each
            for each in options
            if not (each == "b" and verb in ("GET", "DELETE"))
            and not (each == "p" and "p" in places.values())
        ]
        places[name] = draw.choice(can or ["q"])
        if places[name] == "p":
            things = made.thing.replace(" ", "-") + "s"
            path = f"{made.base}/{things}/{{{name}}}/{stem}" if made.nested else f"{path}/{{{name}}}"
    snippets = {
        name: {
            "p": "call.rest[0]",
            "q": f'call.query.get("{name}", "")',
            "b": f'call.body.get("{name}", "")',
            "h": f'call.headers.get("x-{name}", "")',
        }[place]
        for name, place in places.items()
    }
    body, before = route.body, ""
    if made.inline:
        body = ARGUMENT.sub(lambda found: snippets.get(found[1], found[0]), body)
    else:
        before = "".join(f"    given_{name} = {said}\n" for name, said in snippets.items())
        body = ARGUMENT.sub(lambda found: f"given_{found[1]}" if found[1] in snippets else found[0], body)
    long = {"p": "path", "q": "query", "b": "body", "h": "header"}
    return Placed(
        key=route.key.replace("&", prefix),
        verb=verb,
        path=path,
        places={name: long[place] for name, place in places.items()},
        doc=made.words(route.doc),
        name=re.sub(r"\W", "_", f"{verb.lower()}_{stem}"),
        body=made.words(before + body),
        is_open=route.is_open,
    )
