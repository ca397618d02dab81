"""What a person must have done before the flawed part of a generated service answers: documented, and laborious.

`before` is the stage at which a gate lets itself be opened, see web_parts for the signs in the texts.
"""

import hashlib
from collections.abc import Callable, Mapping

from headstart.benchmarks.families.web_parts import Part, Route
from headstart.benchmarks.families.words import nouns
from headstart.benchmarks.rules.draw import Draw


def _staged(before: int, body: str) -> str:
    return f"""\
    if PEOPLE[user]["stage"] < {before}:
        raise Refused(409, "something else comes first")
{body}
    PEOPLE[user]["stage"] = max({before + 1}, PEOPLE[user]["stage"])
    return {{"done": True}}"""


def _terms(draw: Draw, before: int) -> Part:
    tag = draw.choice(("terms", "rules", "house rules"))
    shown = Route(
        "&shown", "GET", "terms conditions rules", {}, f'{{"word"}}: the {tag}, and the word that accepts them',
        f'    return {{"text": "be kind ({tag})", "word": fresh("{tag}" + user)[:10]}}',
    )  # fmt: skip
    body = f"""\
    if @word != fresh("{tag}" + user)[:10]:
        raise Refused(400, "this does not accept them")"""
    accept = Route(
        "&accept",
        "POST PUT",
        "accept agree consent",
        {"word": "qbph"},
        f"accepts the {tag}",
        _staged(before, body),
    )
    return Part(
        kind="terms",
        routes=(shown, accept),
        ready='me.send("&accept", word=me.send("&shown").get("word", ""))',
    )


def _ticket(draw: Draw, before: int) -> Part:
    name, count = draw.choice(("sha256", "sha1", "blake2s", "md5")), draw.between(6, 16)
    order = draw.choice(('f"{number}:{user}"', 'f"{user}/{number}"', 'f"{number}{user[::-1]}"'))
    get = Route(
        "&take", "GET POST", "ticket queue", {}, '{"number"}: a new ticket',
        '    TICKETS[user] = STATE["random"].randrange(10**6, 10**9)\n    return {"number": TICKETS[user]}',
    )  # fmt: skip
    body = f"""\
    number = TICKETS.pop(user, None)
    if number is None or @proof != hashlib.{name}({order}.encode()).hexdigest()[:{count}]:
        raise Refused(403, "the ticket is not yours, or used up")"""
    put = Route("&use", "POST", "turnstile stamp", {"proof": "qbh"}, "uses the ticket", _staged(before, body))
    return Part(
        kind="ticket",
        routes=(get, put),
        state="TICKETS = {}",
        fill="TICKETS.clear()",
        ready=f"""\
user, number = me.name, me.send("&take").get("number")
me.send("&use", proof=hashlib.{name}({order}.encode()).hexdigest()[:{count}])""",
    )


def _letters(draw: Draw, before: int) -> Part:
    key = draw.choice(nouns(draw, 4)) + draw.choice("abcdefgh")
    by = draw.between(90, 110)
    rest = sum(map(ord, key)) % by
    body = f"""\
    if len(@badge) != {len(key)} or @badge[1] != {key[1]!r} or sum(map(ord, @badge)) % {by} != {rest}:
        raise Refused(403, "no such badge was given out")"""
    route = Route(
        "&badge", "POST PUT", "badge emblem", {"badge": "qbph"}, "shows a badge", _staged(before, body)
    )
    return Part(kind="letters", routes=(route,), ready=f'me.send("&badge", badge="{key}")')


def _affine(draw: Draw, before: int) -> Part:
    key, times, plus = draw.below(65_536), draw.below(30_000) * 2 + 1, draw.below(65_536)
    body = f"""\
    if (int(@voucher) * {times} + {plus}) % 65536 != {(key * times + plus) % 65_536}:
        raise Refused(402, "the voucher is void")"""
    route = Route(
        "&redeem",
        "POST",
        "voucher redeem",
        {"voucher": "qbp"},
        "redeems a voucher, a number",
        _staged(before, body),
    )
    return Part(kind="affine", routes=(route,), ready=f'me.send("&redeem", voucher={key})')


def _mix(draw: Draw, before: int) -> Part:
    key, times, shift = draw.below(1 << 32), draw.below(1 << 30) * 2 + 1, draw.between(13, 18)
    body = f"""\
    code = int(@serial) & 0xFFFFFFFF
    if ((code ^ code >> {shift}) * {times}) & 0xFFFFFFFF != {((key ^ (key >> shift)) * times) & 0xFFFFFFFF}:
        raise Refused(402, "this is no serial number of ours")"""
    route = Route(
        "&serial", "POST", "serial device", {"serial": "qb"}, "registers a device", _staged(before, body)
    )
    return Part(kind="mix", routes=(route,), ready=f'me.send("&serial", serial={key})')


def _cipher(draw: Draw, before: int) -> Part:
    step, first = draw.between(3, 60) * 2 + 1, draw.between(1, 250)
    body = """\
    plain = fresh("riddle" + user)[:12]
    if @plain != plain:
        raise Refused(403, "this is not what it says")"""
    told = f"""\
    held = fresh("riddle" + user)[:12].encode()
    return {{"riddle": bytes(each ^ ({first} + {step} * n + len(user)) % 256 for n, each in enumerate(held)).hex()}}"""
    ask = Route("&riddle", "GET", "riddle puzzle", {}, '{"riddle"}: in hexadecimal', told)
    solve = Route(
        "&solve",
        "POST",
        "solve solution",
        {"plain": "qbh"},
        "says what the riddle holds",
        _staged(before, body),
    )
    return Part(
        kind="cipher",
        routes=(ask, solve),
        ready=f"""\
held = bytes.fromhex(me.send("&riddle").get("riddle", ""))
plain = bytes(each ^ ({first} + {step} * n + len(me.name)) % 256 for n, each in enumerate(held))
me.send("&solve", plain=plain.decode("latin-1"))""",
    )


def _errands(draw: Draw, before: int) -> Part:
    titles = nouns(draw, draw.between(2, 4))
    body = f"""\
    titles = [each["title"] for each in every() if each["owner"] == user]
    if titles[-{len(titles)}:] != {titles!r}:
        raise Refused(409, "the errands are not run")"""
    route = Route(
        "&report", "POST PUT", "errands chores", {}, "reports that the errands are run", _staged(before, body)
    )
    return Part(
        kind="errands",
        routes=(route,),
        ready=f"""\
for title in {titles!r}:
    me.send("create", title=title, text="run")
me.send("&report")""",
    )


def _work(draw: Draw, before: int) -> Part:
    zeros, salt = "0" * draw.between(2, 3), hashlib.sha256(draw.bytes(4)).hexdigest()[:6]
    body = f"""\
    effort = int(@effort)
    if not hashlib.sha256(f"{salt}{{user}}{{effort}}".encode()).hexdigest().startswith("{zeros}"):
        raise Refused(429, "this took no effort")"""
    route = Route(
        "&toil",
        "POST",
        "effort toil",
        {"effort": "qbh"},
        "shows that one took some effort",
        _staged(before, body),
    )
    return Part(
        kind="work",
        routes=(route,),
        ready=f"""\
for effort in range(1 << 20):
    if hashlib.sha256(f"{salt}{{me.name}}{{effort}}".encode()).hexdigest().startswith("{zeros}"):
        me.send("&toil", effort=effort)
        break""",
    )


GATES: Mapping[str, Callable[[Draw, int], Part]] = {
    "affine": _affine, "cipher": _cipher, "errands": _errands, "letters": _letters, "mix": _mix,
    "terms": _terms, "ticket": _ticket, "work": _work,
}  # fmt: skip
