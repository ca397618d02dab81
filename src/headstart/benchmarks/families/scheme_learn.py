"""Schemes from which a text is learnt without the key: key streams used twice, keys that are guessed, generators."""

from collections.abc import Callable
from typing import Any

from headstart.benchmarks.families.scheme_forge import run
from headstart.benchmarks.families.scheme_parts import HASHES, Break, stream
from headstart.benchmarks.families.words import nouns
from headstart.benchmarks.rules.draw import Draw

SEAL = """def seal(key, text):
    data = text.encode() + hashlib.{hash}(text.encode()).digest()[:4]
    return xor(data, stream(key, b"{salt}", len(data)))


def unseal(key, box):
    data = xor(box, stream(key, b"{salt}", len(box)))
    if hashlib.{hash}(data[:-4]).digest()[:4] != data[-4:]:
        raise ValueError("this is not the key")
    return data[:-4].decode()
"""
"""A text under a key, with which a guess of the key can be told to be right."""
ASKS = "Hand in the text that {where} holds, and nothing else."


def sealing(draw: Draw) -> tuple[str, str]:
    """The functions `seal` and `unseal`."""
    kind, cipher = stream(draw)
    salt = "".join(nouns(draw, 1))
    return kind, f"{cipher}\n\n{SEAL.format(hash=draw.choice(HASHES), salt=salt)}"


def sentence(draw: Draw, words: int) -> str:
    """A text that means nothing."""
    return " ".join([*nouns(draw, words), str(draw.between(1000, 9999))])


def reused(draw: Draw, noise: int, hidden: str) -> Break:
    """The nonce of a message comes round again, so two messages share a key stream."""
    kind, cipher = stream(draw)
    period, step = draw.choice((4, 6, 8, 9)), draw.choice((1, 5, 7, 11))
    way = draw.choice(
        (
            f"bytes([number * {step} % {period}])",
            f"str(number * {step} % {period}).encode()",
            f'hashlib.md5(b"%d" % (number % {period})).digest()',
            f"(number % {period}).to_bytes({draw.between(2, 8)}, 'big')",
        )
    )
    body = f"""def nonce(number):
    return {way}


def sent(key, number, text):
    data = text.encode()
    return xor(data, stream(key, nonce(number), len(data)))
"""
    key, scope = draw.bytes(16), run(cipher, body)
    at = draw.between(20, 900)
    other = at + period * draw.between(1, 5) * (1 if draw.below(2) else -1)
    known = sentence(draw, 6)
    while len(known) < len(hidden):
        known += " " + sentence(draw, 3)
    messages: list[dict[str, Any]] = [{"number": at, "sent": scope["sent"](key, at, hidden).hex()}]
    messages.append({"number": max(other, at % period), "sent": "", "text": known})
    taken = {at % period}
    for _ in range(2 * noise):
        number = draw.between(20, 900)
        if number % period not in taken:
            messages.append({"number": number, "sent": "", "text": sentence(draw, draw.between(4, 6))})
    for each in messages[1:]:
        each["sent"] = scope["sent"](key, each["number"], each["text"]).hex()
    return Break(
        parts=(cipher, body),
        record={"messages": sorted(messages, key=lambda each: int(each["number"]))},
        asks="`record.json` holds messages; the text of one is not known. Hand in that text, and nothing else.",
        solution=hidden,
        shape=f"reused {kind} {way[:8]} {noise}",
    )


def repeated(draw: Draw, noise: int, hidden: str) -> Break:
    """A short key is laid along the text again and again."""
    size = draw.between(5, 9 + 2 * noise)
    way = draw.choice(
        (
            "byte ^ key[n % len(key)]",
            "byte ^ key[(n + start) % len(key)]",
            "(byte + key[n % len(key)]) % 256",
            "(key[(n + start) % len(key)] - byte) % 256",
            "byte ^ key[n % len(key)] ^ (n & 255)",
            "byte ^ key[-1 - n % len(key)] ^ start",
        )
    )
    loop = draw.below(2) == 0
    body = f"""def sent(key, start, text):
    return bytes({way} for n, byte in enumerate(text.encode()))
"""
    if loop:
        body = f"""def sent(key, start, text):
    made = bytearray()
    for n, byte in enumerate(text.encode()):
        made.append({way})
    return bytes(made)
"""
    key, scope = draw.bytes(size), run(body)
    texts = [hidden, *(sentence(draw, draw.between(4, 7)) for _ in range(1 + draw.below(2)))]
    messages = []
    for text in draw.shuffled(texts):
        start = draw.below(size)
        one: dict[str, Any] = {"start": start, "sent": scope["sent"](key, start, text).hex()}
        messages.append(one if text == hidden else one | {"text": text})
    return Break(
        parts=(body,),
        record={"messages": messages},
        asks="`record.json` holds messages; the text of one is not known. Hand in that text, and nothing else.",
        solution=hidden,
        shape=f"repeated {way} {size} {loop:d}",
    )


def guessed(draw: Draw, noise: int, hidden: str) -> Break:
    """A key made of a moment, or of a few digits: there are not many."""
    (kind, cipher), made = sealing(draw), draw.choice(HASHES)
    if draw.below(2):
        since = draw.between(1_700_000_000, 1_800_000_000)
        span = draw.between(1500, 3000) * (1 + 3 * noise)
        secret: int | str = since + draw.below(span)
        way = draw.choice(
            (
                f"hashlib.{made}(str(moment).encode()).digest()",
                f'hashlib.{made}(moment.to_bytes(8, "big")).digest()',
                f'hmac.digest(b"{nouns(draw, 1)[0]}", b"%d" % moment, "{made}")',
                f"hashlib.{made}(hex(moment * {draw.between(3, 99)}).encode()).digest()[:16]",
            )
        )
        body = f'def made_key(moment):\n    """`moment`: seconds since 1970."""\n    return {way}\n'
        record: dict[str, object] = {"since": since, "until": since + span}
        told = "its key was made between the moments `since` and `until`"
    else:
        digits, rounds = (3 if noise < 2 else 4), draw.between(2, 8)
        secret = "".join(str(draw.below(10)) for _ in range(digits))
        salt = draw.bytes(8).hex()
        body = f"""def made_key(pin):
    return hashlib.pbkdf2_hmac("{made}", pin.encode(), bytes.fromhex("{salt}"), {rounds})
"""
        record, told = {"digits": digits}, f"its key was made of a PIN of {digits} digits"
    scope = run(cipher, body)
    box = scope["seal"](scope["made_key"](secret), hidden)
    return Break(
        parts=(cipher, body),
        record=record | {"box": box.hex()},
        asks=f"`record.json` holds a `box`; {told}. {ASKS.format(where='the box')}",
        solution=hidden,
        shape=f"guessed {kind} {'digits' in record:d} {made}",
    )


PRIMES = (2**31 - 1, 2**61 - 1, 2**32 - 5, 2**40 - 87)


def generated(draw: Draw, noise: int, hidden: str, *, unknown: bool = False, cut: int = 0) -> Break:
    """Numbers of a linear congruential generator were given out; the next ones make the key."""
    whole = draw.choice(PRIMES)
    times, plus = draw.between(3, whole - 1), draw.between(1, whole - 1)
    kind, cipher = sealing(draw)
    asked = draw.between(3, 5)
    constants = (
        "TIMES, PLUS = None, None  # set on the day\n" if unknown else f"TIMES, PLUS = {times}, {plus}\n"
    )
    given = f"self.state >> {cut}" if cut else "self.state"
    body = f"""WHOLE = {whole}
{constants}

class Numbers:
    def __init__(self, state, times=TIMES, plus=PLUS):
        self.state, self.times, self.plus = state, times, plus

    def next(self):
        self.state = (self.state * self.times + self.plus) % WHOLE
        return {given}


def made_key(numbers):
    return ",".join(str(numbers.next()) for _ in range({asked})).encode()
"""
    scope = run(cipher, body)
    numbers = scope["Numbers"](draw.below(whole), times, plus)
    tickets = [numbers.next() for _ in range(draw.between(6, 8) + noise + (4 if cut else 0))]
    box = scope["seal"](scope["made_key"](numbers), hidden)
    return Break(
        parts=(cipher, body),
        record={"tickets": tickets, "box": box.hex()},
        asks="`record.json` holds `tickets`, numbers that the service's generator gave out one after the other, and a "
        f"`box`, whose key the same generator made right after them. {ASKS.format(where='the box')}",
        solution=hidden,
        shape=f"generated {kind} {whole} {asked} {unknown:d}{cut}",
    )


def truncated(draw: Draw, noise: int, hidden: str) -> Break:
    """The generator gives out the upper bits only."""
    return generated(draw, noise, hidden, cut=draw.between(13, 16))


def unknown(draw: Draw, noise: int, hidden: str) -> Break:
    """The generator's factor and summand are not in the source."""
    return generated(draw, noise, hidden, unknown=True)


LEARNS: dict[str, Callable[[Draw, int, str], Break]] = {
    "reused": reused,
    "repeated": repeated,
    "guessed": guessed,
    "generated": generated,
    "unknown": unknown,
    "truncated": truncated,
}
