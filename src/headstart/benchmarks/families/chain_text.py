"""Texts of programs that play several web services, each of which keeps what opens the next."""

from headstart.benchmarks.families.contest_text import CORE

LINK = '''

def draw_worlds(rng, doors):
    """A world for each service; what one keeps opens the next by its door."""
    worlds = [draw_world(rng)]
    ((me, password),) = worlds[0]["newcomers"].items()
    for door in doors[1:]:
        world, last = draw_world(rng), worlds[-1]["secret"]
        while me in world["people"]:
            world = draw_world(rng)
        (other,) = world["newcomers"].values()
        known = {"entry": password, "password": last}.get(door, other)
        world["newcomers"] = {} if door == "invite" else {me: known}
        if door != "password":
            world[door] = last
        worlds.append(world)
    return worlds
'''
PLAY = (
    '"""Rehearse: `python play.py PROGRAM [-v]` plays the services with people and secrets of its own."""\n\n'
    + CORE
    + LINK
    + '''

def main(program, watch=None):
    """Whether the program brings out the last secret of this rehearsal."""
    with open("services.json") as file:
        order = json.load(file)
    worlds = draw_worlds(random.SystemRandom(), [each["door"] for each in order])
    services, others = {}, {}
    for each, world in zip(order, worlds):
        with open(each["name"] + ".py") as file:
            services[each["name"]] = load(file.read(), world)
        others[each["name"]] = world["owner"]
    ((name, password),) = worlds[0]["newcomers"].items()
    hello = {"name": name, "password": password, "services": [*services], "others": others}
    seen = contest([sys.executable, program], services, hello, None, watch)
    come = sum(world["secret"] in seen["handed"] for world in worlds)
    return worlds[-1]["secret"] in seen["handed"], come, seen["requests"]


if __name__ == "__main__":
    shown = (lambda asked, reply: print(json.dumps(asked), "->", json.dumps(reply))) if "-v" in sys.argv else None
    out, come, requests = main(sys.argv[1], shown)
    print("the secret came out" if out else "the secret did not come out", f"({come} of all, {requests} requests)")
'''
)
SOLUTION = """\
import client

last = ""
for service, text in TEXTS.items():
    found = []

    def call(method, target, body="", headers=None, service=service):
        return client.call(method, target, body, headers, service)

    space = {"call": call, "hand_in": found.append, "OTHER": client.OTHERS[service], "LAST": last}
    space |= {"ENTRY": {}, "INVITE": {}, "NAME": client.NAME, "PASSWORD": client.PASSWORD}
    exec(text, space)
    last = found[-1] if found else ""
    client.hand_in(last)
"""
WAYS = {
    "plain": "me = Person(NAME, PASSWORD)\nready(me)\n",
    "entry": 'ENTRY = {"X-Entry": LAST}\nme = Person(NAME, PASSWORD)\nready(me)\n',
    "password": "me = Person(NAME, LAST)\nready(me)\n",
    "invite": 'INVITE = {"invite": LAST}\nme = fresh_person(NAME)\nready(me)\n',
    "key": """\
import hmac

me = Person(OTHER, "", login=False)
me.ticket = f"{OTHER}.{hmac.new(LAST.encode(), OTHER.encode(), '<digest>').hexdigest()[:20]}"
report(me.send("list"))
""",
}
"""How the one that is let in by a door begins, before it does what the flaw lets it do."""
