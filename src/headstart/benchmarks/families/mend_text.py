"""Texts of programs that hold a mended web service to what it must do: for the judge, and for whoever mends."""

from headstart.benchmarks.families.contest_text import CORE, HOOK, START

HOST = """
def serve(application=None):
    out = os.fdopen(told, "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        said = json.loads(line)
        if "fill" in said:
            try:
                application = application or types.ModuleType("app")
                if not hasattr(application, "fill"):
                    exec(compile(source, "app.py", "exec"), application.__dict__)
                application.fill(said["fill"])
                reply = {"filled": True}
            except Exception as error:
                reply = {"filled": False}
        else:
            reply = answered(application.application, said)
        out.write(json.dumps(reply) + chr(10))
        out.flush()

serve()
"""
"""What runs the answer: it knows no more than the answer does."""

HOLD = '''

class Gone(Exception):
    """The service answers no more."""


def played(call, hands, world, text):
    """What our text, as an ordinary person, hands in of this service, and what it expected in vain."""
    handed, failed = [], []
    space = {"call": call, "hand_in": handed.append, "OTHER": world["owner"], "ENTRY": {}, "INVITE": {}}
    space["expect"] = lambda key, held: held or failed.append(key)
    ((name, password),) = world["newcomers"].items()
    try:
        exec(f"{hands}\\nme = Person({name!r}, {password!r})\\nready(me)\\n{text}", space)
    except Gone:
        raise
    except Exception as error:
        failed.append(type(error).__name__)
    return world["secret"] in handed, failed
'''
JUDGE = (
    '"""Hold a mended service to what it must do: the answer is the service, and a child of this process."""\n\n'
    "import ctypes\n"
    + CORE
    + START
    + HOLD
    + f"HOST = {HOOK + CORE + HOST!r}\n"
    + '''

class Served:
    """The answer's service, in its own process."""

    def __init__(self):
        self.child = Child([sys.executable, "-I", "-S", "-c", HOST], SECONDS, patience=3)
        self.seen, self.count = set(), 0

    def heard(self, message):
        """What it answers to one message."""
        if not self.child.say(message):
            raise Gone
        while (said := self.child.hear()) is not None:
            if "looked" in said:
                self.seen.add("read")
            elif {"verdict", "nonce", "solved"} & set(said):
                self.seen.add("forged")
            else:
                return said
        raise Gone

    def call(self, method, target, body="", headers=()):
        """One request of an ordinary person."""
        self.count += 1
        if self.count > 4 * REQUESTS:
            raise Gone
        asked = {"method": method, "target": target, "body": body, "headers": dict(headers)}
        said = self.heard(asked)
        return int(said.get("status") or 0), {}, str(said.get("body") or "")


def main():
    """Every exploit in a world of its own, then every check."""
    orders, nonce = begin()
    served, told = Served(), {"leaks": 0, "failed": [], "filled": True, "gone": False}
    try:
        for play in orders["plays"]:
            if not served.heard({"fill": play["world"]}).get("filled"):
                told["filled"] = False
                break
            for name, text in play["texts"].items():
                out, failed = played(served.call, orders["hands"], play["world"], text)
                told["leaks"] += out
                told["failed"] += [name] if failed and play["checks"] else []
    except (Gone, ValueError):
        told["gone"] = True
    served.child.end()
    told |= {"seen": sorted(served.seen), "requests": served.count}
    print(json.dumps({"nonce": nonce, "verdict": [told]}))


main()
'''
)
CHECK = (
    '"""See whether `app.py` still does some of what it must: `python check.py`. There are more."""\n\n'
    + CORE
    + HOLD
    + '''
with open("checks.json") as file:
    CHECKS = json.load(file)


def main(source):
    """The names of what was expected in vain."""
    world = draw_world(random.SystemRandom())
    application = load(source, world)

    def call(method, target, body="", headers=()):
        said = answered(application, {"method": method, "target": target, "body": body, "headers": dict(headers)})
        return said["status"], said["headers"], said["body"]

    return [each for text in CHECKS["texts"] for each in played(call, CHECKS["hands"], world, text)[1]]


if __name__ == "__main__":
    with open("app.py") as file:
        failed = main(file.read())
    print("failed: " + ", ".join(failed) if failed else "all that is checked here holds")
'''
)
