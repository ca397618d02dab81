"""Flaws of generated web services in names and tokens: who is who. For the signs in the texts see web_parts."""

from collections.abc import Callable, Mapping

from headstart.benchmarks.families.web_parts import Part, Route, worded
from headstart.benchmarks.families.web_tricks import MINE, MY_ITEMS
from headstart.benchmarks.rules.draw import Draw

OF = '{"items": [each for each in every() if each["owner"] == name]}'


def _prefix(draw: Draw) -> Part:
    test, length = draw.choice((
        ("not folder.startswith(user)", 2),
        ("re.match(user, folder) is None", 2),
        ("folder[: len(user)] != user", 2),
    ))  # fmt: skip
    body = f"""\
    folder = str(@folder)
    if {test}: ?? if folder != user:
        raise Refused(403, "your folder has your name")
    return {{"items": [each for each in every() if each["owner"] == folder]}}"""
    route = Route(
        "&odd", "GET", "folder cabinet", {"folder": "pqh"}, '{"items"}: of the folder of my name', body
    )
    checks = MINE + MY_ITEMS.format(got='me.send("&odd", folder=me.name)')
    return Part(
        kind="prefix", routes=(route,), checks=checks,
        exploits=tuple(
            f'you = fresh_person(OTHER[:{each}])\nready(you)\nreport(you.send("&odd", folder=OTHER))'
            for each in (length, 1)
        ),
        complaint="a newcomer with a short name looked into the folder of another",
    )  # fmt: skip


def _canonical(draw: Draw) -> Part:
    how, tweaks = draw.choice((
        ("lower()", ("OTHER.upper()", "OTHER.title()")),
        ("strip()", ('OTHER + " "', '" " + OTHER')),
        ('replace("-", "")', ('OTHER[:1] + "-" + OTHER[1:]', 'OTHER + "-"')),
        ("casefold()", ("OTHER.title()", "OTHER.upper()")),
    ))  # fmt: skip
    take = """\
    alias = str(@alias)
    if alias in ALIASES or alias in PEOPLE: ?? if plain(alias) in map(plain, [*ALIASES, *PEOPLE]):
        raise Refused(409, "the alias is taken")
    ALIASES[alias] = user
    return {"alias": alias}"""
    look = """\
    if ALIASES.get(str(@alias)) != user:
        raise Refused(403, "this alias is not yours")
    name = plain(str(@alias))
    return {"items": [each for each in every() if each["owner"] in (name, user if name not in PEOPLE else name)]}"""
    routes = (
        Route("&odd", "POST", "alias nickname", {"alias": "qb"}, "takes an alias that nobody has", take),
        Route("&look", "GET", "by-alias known-as", {"alias": "qh"}, '{"items"}: mine, by my alias', look),
    )
    checks = (
        MINE + 'me.send("&odd", alias="kestrel")\n' + MY_ITEMS.format(got='me.send("&look", alias="kestrel")')
    )
    checks += '\nexpect("&odd", ready_person().ask("&odd", alias="kestrel")[0] == 409)'
    return Part(
        kind=f"canonical:{how[:4]}", routes=routes,
        state=f'ALIASES = {{}}\n\n\ndef plain(name):\n    """A name as it is compared."""\n    return name.{how}',
        fill="ALIASES.clear()", checks=checks,
        exploits=tuple(f'me.send("&odd", alias={each})\nreport(me.send("&look", alias={each}))' for each in tweaks),
        complaint="someone took an alias that looks like a name",
    )  # fmt: skip


RECOVER = Part(
    kind="recover:<kind>",
    routes=(
        Route("&odd", "POST", "recover lost forgot", {"name": "qb"}, "sends a letter to the inbox of that name", """\
    name = str(@name)
    if name not in PEOPLE:
        raise Refused(404, "there is nobody of that name")
    letter = <make> ?? letter = fresh(str(STATE["random"].random()))
    LETTERS[name] = [*LETTERS.get(name, []), letter]
    return {"sent": True}"""),
        Route("&inbox", "GET", "inbox letters mail", {}, '{"letters"}: mine',
              '    return {"letters": LETTERS.get(user, [])}'),
        Route("&use", "POST", "by-letter recovered", {"name": "qb", "letter": "b"}, '{"items"}: for its letter', """\
    name = str(@name)
    if not @letter or @letter not in LETTERS.get(name, []):
        raise Refused(403, "no such letter was sent")
    return """ + OF),
    ),
    state="LETTERS = {}",
    fill='LETTERS.clear()\nSTATE.pop("turn", None)\nSTATE["first"] = STATE["random"].getrandbits(48)',
    checks=MINE + 'me.send("&odd", name=me.name)\nletter = (me.send("&inbox").get("letters") or [""])[-1]\n'
    + MY_ITEMS.format(got='me.send("&use", name=me.name, letter=letter)')
    + '\nexpect("&use", me.ask("&use", name=me.name, letter="0" * 12)[0] == 403)',
    exploits=("""\
me.send("&odd", name=me.name)
mine = (me.send("&inbox").get("letters") or ["0"])[-1]
me.send("&odd", name=OTHER)
for letter in [<guess>]:
    report(me.send("&use", name=OTHER, letter=letter))""",),
    complaint="a letter of recovery was used by someone who never got it",
)  # fmt: skip
LETTERS: Mapping[str, tuple[str, str]] = {
    "counted": (
        'hashlib.sha256(f"{name}#{len(LETTERS)}".encode()).hexdigest()[:<cut>]',
        'hashlib.sha256(f"{OTHER}#{n}".encode()).hexdigest()[:<cut>] for n in range(40)',
    ),
    "named": (
        "hashlib.md5(name[::-1].encode() * <cut>).hexdigest()",
        "hashlib.md5(OTHER[::-1].encode() * <cut>).hexdigest() for n in range(1)",
    ),
    "lcg": (
        'str(STATE.update(turn=(STATE.get("turn", STATE["first"]) * <times> + <plus>) % (1 << 48)) or STATE["turn"])',
        "str((int(mine, 10 if mine.isdigit() else 16) * <times> + <plus>) % (1 << 48)) for n in range(1)",
    ),
    "seeded": (
        'str(random.Random(STATE["count"] // 64 + len(name)).getrandbits(60))',
        "str(random.Random(n).getrandbits(60)) for n in range(60)",
    ),
}
"""How a letter is made up, and guesses at the other's."""


def _recover(draw: Draw, kinds: tuple[str, ...]) -> Part:
    kind = draw.choice(kinds)
    make, guess = LETTERS[kind]
    times, plus = draw.between(1 << 10, 1 << 20) * 4 + 1, draw.between(1, 1 << 20) * 2 + 1
    cut = draw.between(8, 16)
    return worded(RECOVER, kind=kind, make=make, guess=guess, times=str(times), plus=str(plus), cut=str(cut))


PASS = Part(
    kind="pass:<kind>",
    routes=(
        Route("&give", "POST GET", "pass issue grant", {"scope": "qb"}, '{"pass"}: to show my $things to others', """\
    scope = str(@scope)
    if not re.fullmatch("[a-z]{3,20}", scope) or scope == "none":
        raise Refused(400, "not a scope")
    mark = seal(<sealed>)[:<cut>] ?? mark = seal(user + "." + scope)[:<cut>]
    return {"pass": f"{user}.{scope}.{mark}"}"""),
        Route("&odd", "POST GET", "with-pass enter", {"bearer": "qbh"}, '{"items"}: of who gave the pass', """\
    name, scope, mark = str(@bearer).split(".")
    if not (<bad>): ?? if not (<good>):
        raise Refused(403, "the pass is not good")
    return """ + OF),
    ),
    state='''\
def seal(text):
    """The mark of a text."""
    return hmac.new(STATE["seal"].encode(), text.encode(), "sha256").hexdigest()''',
    checks=MINE + 'good = me.send("&give", scope="reading").get("pass", "")\n'
    + MY_ITEMS.format(got='ready_person().send("&odd", bearer=good)')
    + '\nexpect("&odd", me.ask("&odd", bearer=good[:-4] + "zzzz")[0] == 403)',
    exploits=(
        "<way>",
        'report(me.send("&odd", bearer=OTHER + ".none.x"))',
        'report(me.send("&odd", bearer=OTHER + ".reading."))',
    ),
    complaint="someone came in with a pass that was never given",
)  # fmt: skip
GOOD = 'hmac.compare_digest(mark, seal(f"{name}.{scope}")[:<cut>])'
MARKS: Mapping[str, tuple[str, str, str]] = {
    "empty": (
        'user + "." + scope',
        'hmac.compare_digest(mark, seal(f"{name}.{scope}")[: len(mark)])',
        'report(me.send("&odd", bearer=OTHER + ".reading."))',
    ),
    "none": ('user + "." + scope', 'scope == "none" or ' + GOOD, 'report(me.send("&odd", bearer=OTHER + ".none.x"))'),
    "scope": (
        '"." + scope',
        'hmac.compare_digest(mark, seal("." + scope)[:<cut>])',
        """\
mine = me.send("&give", scope="reading").get("pass", "..")
report(me.send("&odd", bearer=OTHER + mine[len(me.name) :]))""",
    ),
    "short": (
        'user + "." + scope',
        'hmac.compare_digest(mark[:1], seal(f"{name}.{scope}")[:1])',
        """\
for mark in "0123456789abcdef":
    report(me.send("&odd", bearer=f"{OTHER}.reading.{mark}"))""",
    ),
    "glued": (
        "user + scope",
        "hmac.compare_digest(mark, seal(name + scope)[:<cut>])",
        """\
you = fresh_person(OTHER[:2])
ready(you)
mark = you.send("&give", scope=OTHER[2:] + "reading").get("pass", "").rpartition(".")[2]
report(me.send("&odd", bearer=f"{OTHER}.reading.{mark}"))""",
    ),
    "sum": (
        'user + "." + scope',
        'sum(mark.encode()) == sum(seal(f"{name}.{scope}")[:<cut>].encode())',
        """\
for total in range(<cut> * 48, <cut> * 102):
    few, more = divmod(total, <cut>)
    mark = chr(few) * (<cut> - more) + chr(few + 1) * more
    if "." not in mark:
        report(me.send("&odd", bearer=f"{OTHER}.reading.{mark}"))""",
    ),
}  # fmt: skip
"""What a mark is made of, how it is looked at, and a pass that was never given."""


def _pass(draw: Draw, kinds: tuple[str, ...]) -> Part:
    kind = draw.choice(kinds)
    sealed, bad, way = MARKS[kind]
    return worded(PASS, kind=kind, sealed=sealed, bad=bad, way=way, good=GOOD, cut=str(draw.between(10, 30)))


TOKENS: Mapping[str, Callable[[Draw], Part]] = {
    "canonical": _canonical,
    "pass": lambda draw: _pass(draw, ("empty", "none", "scope", "short")),
    "pass-hard": lambda draw: _pass(draw, ("glued", "sum")),
    "prefix": _prefix,
    "recover": lambda draw: _recover(draw, ("counted", "named")),
    "recover-hard": lambda draw: _recover(draw, ("lcg", "seeded")),
}
