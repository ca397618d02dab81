"""Texts of programs that play web services inside a sandbox: for the judge, and for whoever rehearses."""

CORE = '''\
import io
import json
import os
import random
import select
import subprocess
import sys
import time
import types
from urllib.parse import unquote

REQUESTS, SECONDS, LINE, HANDED = 2000, 10.0, 1 << 16, 256
NAMES = ("abigail", "bertram", "clotilde", "dagobert", "eleanor", "ferdinand", "gwendolyn", "humphrey", "isadora")


def draw_world(rng):
    """People, passwords, keys and one secret, which is the owner's."""
    letters = lambda count: "".join(rng.choice("0123456789abcdef") for _ in range(count))
    names = rng.sample(NAMES, 5)
    world = {each: letters(24) for each in ("salt", "seal", "key", "entry", "invite", "secret")}
    world |= {"people": {name: letters(12) for name in names[1:]}, "newcomers": {names[0]: letters(12)}}
    return {**world, "seed": rng.getrandbits(128), "owner": rng.choice(names[1:])}


COMPILED = {}


def load(source, world):
    """The service of that source, with those people."""
    module = types.ModuleType("app")
    if source not in COMPILED:
        COMPILED[source] = compile(source, "app.py", "exec")
    exec(COMPILED[source], module.__dict__)
    module.fill(world)
    return module.application


def answered(application, asked):
    """What a WSGI application answers; `asked` may be anything at all."""
    try:
        path, _, query = asked["target"].partition("?")
        data = asked.get("body", "").encode()
        environ = {"REQUEST_METHOD": str(asked["method"]), "PATH_INFO": unquote(path), "QUERY_STRING": query}
        environ |= {"CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data), "SCRIPT_NAME": ""}
        for name, value in dict(asked.get("headers") or {}).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = str(value)
        began = []
        body = b"".join(application(environ, lambda status, headers: began.append((status, headers))))
        status, headers = began[0]
        return {"status": int(status[:3]), "headers": dict(headers), "body": body.decode()[:LINE]}
    except Exception as error:
        return {"status": 500, "headers": {}, "body": "the service failed: " + type(error).__name__}


class Child:
    """A program that speaks in lines of JSON."""

    def __init__(self, argv, seconds, errors=subprocess.DEVNULL, patience=SECONDS):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
        self.until = time.monotonic() + seconds
        self.patience = patience
        self.held = b""

    def say(self, message):
        """One line to it; whether it took it."""
        data = json.dumps(message).encode() + b"\\n"
        handle = self.process.stdin.fileno()
        os.set_blocking(handle, False)
        while data:
            left = self.until - time.monotonic()
            if left <= 0 or not select.select([], [handle], [], left)[1]:
                return False
            try:
                data = data[os.write(handle, data) :]
            except OSError:
                return False
        return True

    def hear(self):
        """One line of it: an object; None at its end. What is no object is an empty one."""
        handle = self.process.stdout.fileno()
        until = min(self.until, time.monotonic() + self.patience)
        while b"\\n" not in self.held:
            left = until - time.monotonic()
            if left <= 0 or len(self.held) > 4 * LINE or not select.select([handle], [], [], left)[0]:
                return None
            data = os.read(handle, LINE)
            if not data:
                return None
            self.held += data
        line, _, self.held = self.held.partition(b"\\n")
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def end(self):
        """Kill it and all of its group."""
        try:
            os.killpg(self.process.pid, 9)
        except OSError:
            pass
        self.process.wait()


def contest(argv, services, hello, errors=subprocess.DEVNULL, watch=None):
    """What a program hands in when it meets these services, and what else was seen of it."""
    child, handed, seen, count, lines = Child(argv, SECONDS, errors), [], [], 0, 0
    child.say(hello)
    while lines < 4 * REQUESTS * len(services) and (said := child.hear()) is not None:
        lines += 1
        if "secret" in said and len(handed) < HANDED:
            handed.append(str(said["secret"])[:200])
        elif "looked" in said:
            seen.append("read")
        elif {"verdict", "nonce", "solved"} & set(said):
            seen.append("forged")
        elif "method" in said:
            count += 1
            if count > REQUESTS * len(services):
                break
            reply = answered(services.get(str(said.get("service")), next(iter(services.values()))), said)
            if watch:
                watch(said, reply)
            if not child.say(reply):
                break
    child.end()
    return {"handed": handed, "seen": sorted(set(seen)), "requests": count}
'''
HOOK = """\
import os, sys
told = os.dup(1)
me = str(os.getpid())
def hook(event, args, os=os, told=told, me=me, seen=[]):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(args[0], (str, bytes)):
        path = os.fsdecode(args[0])
        looked = path.startswith("/proc/") and path[6:7].isdigit() and path.split("/")[2] != me
    else:
        looked = event == "os.kill" and args[0] in (1, -1, os.getppid())
    if looked and not seen:
        seen.append(1)
        os.write(told, b'{"looked": 1}' + bytes([10]))
sys.addaudithook(hook)
sys.path.insert(0, ".")
sys.argv = ["answer"]
with open("answer", "rb") as file:
    source = file.read()
del hook, file
"""
"""Before an answer's code: who looks into other processes is seen, as long as nothing is done against it."""

RUN = 'exec(compile(source, "answer", "exec"), {"__name__": "__main__"})\n'
START = '''

def begin():
    """The orders, from a file that is gone before any answer begins; nobody looks into this process from now on."""
    with open("orders", "rb") as file:
        orders = json.load(file)
    os.unlink("orders")
    if ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) != 0:
        raise OSError("this process can still be looked into")
    return orders, orders.pop("nonce")

'''
JUDGE = (
    '"""Hold contests: the answer is a program, the services are in this process."""\n\nimport ctypes\n'
    + CORE
    + START
    + f"WRAP = {HOOK + RUN!r}\n"
    + '''

def main():
    """Each run: its services by name with their worlds, whose last secret is asked for."""
    orders, nonce = begin()
    told = []
    for run in orders.pop("runs"):
        services = {each["name"]: load(each["source"], each["world"]) for each in run["services"]}
        world, last = run["services"][0]["world"], run["services"][-1]["world"]["secret"]
        hello = {"name": [*world["newcomers"]][0], "services": [*services]}
        hello["password"] = world["newcomers"][hello["name"]]
        hello["others"] = {each["name"]: each["world"]["owner"] for each in run["services"]}
        seen = contest([sys.executable, "-I", "-S", "-c", WRAP], services, hello)
        told.append({"out": last in seen.pop("handed"), **seen})
        if not told[0]["out"]:
            break
    print(json.dumps({"nonce": nonce, "verdict": told}))


main()
'''
)
CLIENT = '''\
"""How a program speaks with the service while it is scored: `import client` and nothing else of the service.

`NAME` and `PASSWORD` are an account of your own, `OTHER` is whose secret is wanted (24 letters and digits, 0-9a-f).
What the program prints goes to standard error.
"""

import json
import os
import sys

_say = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
_hello = json.loads(sys.stdin.readline())
NAME, PASSWORD, SERVICES, OTHERS = (_hello[each] for each in ("name", "password", "services", "others"))
OTHER = OTHERS[SERVICES[0]]


def call(method, target, body="", headers=None, service=None):
    """One request: (status, headers, text). `target` is a path with its query, `body` a text."""
    asked = {"method": method, "target": target, "body": body, "headers": dict(headers or {}), "service": service}
    _say.write(json.dumps(asked) + "\\n")
    _say.flush()
    said = json.loads(sys.stdin.readline())
    return said["status"], said["headers"], said["body"]


def hand_in(secret):
    """Say what the secret is; more than one may be said."""
    _say.write(json.dumps({"secret": str(secret)}) + "\\n")
    _say.flush()
'''
PLAY = (
    '"""Rehearse: `python play.py PROGRAM [-v]` plays the service with people and a secret of its own."""\n\n'
    + CORE
    + '''

def main(program, watch=None):
    """Whether the program brings out the secret of this rehearsal."""
    with open("app.py") as file:
        source = file.read()
    world = draw_world(random.SystemRandom())
    (name, password), = world["newcomers"].items()
    hello = {"name": name, "password": password, "services": ["app"], "others": {"app": world["owner"]}}
    seen = contest([sys.executable, program], {"app": load(source, world)}, hello, None, watch)
    return world["secret"] in seen["handed"], seen["requests"]


if __name__ == "__main__":
    shown = (lambda asked, reply: print(json.dumps(asked), "->", json.dumps(reply))) if "-v" in sys.argv else None
    out, requests = main(sys.argv[1], shown)
    print("the secret came out" if out else "the secret did not come out", f"({requests} requests)")
'''
)
SERVE = '''\
"""Serve the service on loopback, to be played with: `python serve.py [PORT]`."""

import random
import sys
from wsgiref.simple_server import make_server

from play import draw_world, load

world = draw_world(random.SystemRandom())
with open("app.py") as file:
    application = load(file.read(), world)
with make_server("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000, application) as server:
    print(f"http://127.0.0.1:{server.server_port}", "account:", world["newcomers"], "wanted: of", world["owner"])
    server.serve_forever()
'''
