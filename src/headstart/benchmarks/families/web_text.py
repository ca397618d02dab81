"""Texts of generated web services: the parts of `app.py` that all have, and the hands that use a service."""

HEAD = '''\
"""The $things service: people keep $things, and see none of one another's but those that are shared with them.

Every answer is a JSON object; what went wrong is {"error": why}. Arguments in a header are called X-Name.
All but joining and logging in needs a session, which is carried $carrying.

$docs
"""

import hashlib
import hmac
import json
import posixpath
import random
import re
import sqlite3
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, unquote

PEOPLE = {}
TOKENS = {}
STATE = {}


class Refused(Exception):
    """The answer is no."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Call:
    """One request, taken apart."""

    def __init__(self, environ):
        self.verb = environ["REQUEST_METHOD"]
        self.path = environ["PATH_INFO"]
        self.pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        self.query = dict(self.pairs)
        self.headers = {
            key[5:].lower().replace("_", "-"): value for key, value in environ.items() if key.startswith("HTTP_")
        }
        self.cookies = {key: held.value for key, held in SimpleCookie(self.headers.get("cookie", "")).items()}
        self.rest = []
        text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.body = json.loads(text) if text else {}
        if not isinstance(self.body, dict):
            raise Refused(400, "the body is no object")


def fresh(text):
    """Letters and digits that follow from the text for those who know the salt."""
    return hashlib.sha256((STATE["salt"] + text).encode()).hexdigest()


def need(user, stage):
    """Refuse whoever has not come that far."""
    if PEOPLE[user]["stage"] < stage:
        raise Refused(403, "you have not come that far")


$store

def keep(owner, title, text):
    """Keep a new $thing."""
    key = $new_id
    STATE["count"] += $step
    held = {"id": key, "owner": owner, "title": title, "text": text}
    save(held)
    return held


$session
'''
CARRYING = {
    "bearer": "as `Authorization: Bearer TOKEN`",
    "header": "in the header X-Session",
    "cookie": "in the cookie `session`",
    "query": "in the argument `session` of the query",
}
FILL = '''\
def fill(world):
    """Begin anew: the people of `world`, what they keep, and the owner's secret."""
    PEOPLE.clear()
    TOKENS.clear()
    RECORDS.clear()
    STATE.clear()
    STATE.update(random=random.Random(world["seed"]), count=$first)
    STATE.update({key: world[key] for key in ("salt", "seal", "key", "entry", "invite")})
    for name, password in world["newcomers"].items():
        PEOPLE[name] = {"password": password, "stage": 0}
    for name, password in world["people"].items():
        PEOPLE[name] = {"password": password, "stage": 9}
        keep(name, "first", "nothing much")
$more
'''
APPLICATION = '''\
def application(environ, start_response):
    """WSGI: one request."""
    try:
        call = Call(environ)
        status, data = "200 OK", dispatch(call)
    except Refused as refused:
        status, data = f"{refused.status} No", {"error": str(refused)}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, sqlite3.Error) as error:
        status, data = "400 Bad Request", {"error": "this can't be read: " + type(error).__name__}
    body = json.dumps(data).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
'''
TABLE = '''\
ROUTES = [
$rows
]


def dispatch(call):
    """Find the route and take it."""$entry
    for verb, pattern, handler, is_open in ROUTES:
        found = re.fullmatch(pattern, call.path)
        if found and verb == call.verb:
            call.rest = list(found.groups())
            return handler(call, None if is_open else who(call))
    raise Refused(404, "there is nothing here")


'''
DECORATED = '''\
HANDLERS = {}


def on(verb, path, is_open=False):
    """Put a handler on a route; `*` stands for an argument."""

    def put(handler):
        HANDLERS[verb, path] = (handler, is_open)
        return handler

    return put


def dispatch(call):
    """Find the route and take it."""$entry
    parts = call.path.split("/")
    for (verb, path), (handler, is_open) in HANDLERS.items():
        wanted = path.split("/")
        if verb == call.verb and len(wanted) == len(parts):
            if all(one in ("*", other) for one, other in zip(wanted, parts)):
                call.rest = [other for one, other in zip(wanted, parts) if one == "*"]
                return handler(call, None if is_open else who(call))
    raise Refused(404, "there is nothing here")


'''
CHAIN = '''\
def dispatch(call):
    """Find the route and take it."""$entry
    parts = call.path.strip("/").split("/")
$opens
    user = who(call)
$closed
    raise Refused(404, "there is nothing here")


'''
ENTRY = """
    if call.headers.get("x-entry") != STATE["entry"]:
        raise Refused(403, "not without the word of entry, in the header X-Entry")"""

HANDS = '''\
import hashlib
import json
import random
import re
from urllib.parse import quote, urlencode


class Person:
    """Someone who uses the service."""

    def __init__(self, name, password, login=True):
        self.name, self.password, self.ticket = name, password, ""
        if login:
            self.ticket = str(self.send("login", name=name, password=password).get("token", ""))

    def send(self, key, **values):
        """What a route answers."""
        return self.ask(key, **values)[1]

    def ask(self, key, query=(), body=None, headers=(), **values):
        """The status and what a route answers; `query`, `body` and `headers` go there as they are."""
        verb, path, places = ROUTES[key]
        headers, pairs, body = dict(headers), list(dict(query).items()), dict(body or {})
        for name, value in values.items():
            if places[name] == "path":
                path = path.replace("{" + name + "}", quote(str(value), safe=""))
            elif places[name] == "query":
                pairs += [(name, each) for each in (value if isinstance(value, list) else [value])]
            elif places[name] == "header":
                headers["X-" + name] = str(value)
            else:
                body[name] = value
        if self.ticket:
            if CARRY == "bearer":
                headers["Authorization"] = "Bearer " + self.ticket
            elif CARRY == "header":
                headers["X-Session"] = self.ticket
            elif CARRY == "cookie":
                headers["Cookie"] = "; ".join(["session=" + self.ticket, *filter(None, [headers.get("Cookie")])])
            else:
                pairs.append(("session", self.ticket))
        headers.update(ENTRY)
        target = path + ("?" + urlencode(pairs) if pairs else "")
        status, _, text = call(verb, target, json.dumps(body) if body else "", headers)
        try:
            data = json.loads(text)
        except ValueError:
            data = {}
        return status, data if isinstance(data, dict) else {}


def report(data):
    """Hand in all that looks like a secret."""
    for found in re.findall(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])", json.dumps(data)):
        hand_in(found)


FRESH = [0]


def fresh_person(name=""):
    """Someone new."""
    FRESH[0] += 1
    name = name or f"guest{FRESH[0]}"
    Person(name, "x", login=False).send("join", name=name, password="pw-" + name, **INVITE)
    return Person(name, "pw-" + name)


def ready_person():
    """Someone new who has done all that comes first."""
    made = fresh_person()
    ready(made)
    return made


'''
IDS = {
    "count": "    return [str(each) for each in range({first}, {first} + 24 * {step}, {step})]",
    "hash": "    every = range({first}, {first} + 40 * {step}, {step})\n"
    '    return [hashlib.sha256(f"{{OTHER}}/{{each}}".encode()).hexdigest()[:12] for each in every]',
    "board": '    return [each["id"] for each in me.send("board").get("items", []) if each["owner"] == OTHER]',
    "pages": """\
    found, after = [], 0
    while after is not None and after < 60:
        said = me.send("board", after=after)
        found += [each["id"] for each in said.get("items", []) if each["owner"] == OTHER]
        after = said.get("after")
    return found""",
}
