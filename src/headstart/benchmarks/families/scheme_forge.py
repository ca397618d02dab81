"""Token schemes in which a token can be forged without the key: each misuses one thing, in one of several ways."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from headstart.benchmarks.families.scheme_parts import (
    HASHES,
    LAST_WINS,
    USUAL_ROLE,
    WANTED_ROLE,
    Break,
    Fields,
    block_cipher,
    encoding,
    fields,
    fixed,
    mark,
    stream,
)
from headstart.benchmarks.families.words import nouns
from headstart.benchmarks.rules.draw import Draw

TEXTS = ("query", "colons", "lines", "json", "pipes", "fixed")
IMPORTS = "import base64\nimport hashlib\nimport hmac\nimport json\nimport zlib\n"
ASKS = (
    "`record.json` holds tokens that the service gave out, under `tokens`, each with its fields. Hand in a token that "
    "`read` takes, with the service's key, as user `{user}` with role `{role}`."
)
Scope = dict[str, Any]


def run(*parts: str) -> Scope:
    """The functions of a scheme."""
    scope: Scope = {"__name__": "scheme"}
    exec("\n\n".join((IMPORTS, *parts)), scope)  # noqa: S102 - text of the generator's own
    return scope


def finished(
    parts: tuple[str, ...], tokens: list[dict[str, Any]], solution: str, key: bytes, user: str, shape: str
) -> Break:
    """A scheme whose token is to be forged."""
    return Break(
        parts=parts,
        record={"tokens": tokens},
        asks=ASKS.format(user=user, role=WANTED_ROLE),
        solution=solution,
        key=key.hex(),
        want={"user": user, "role": WANTED_ROLE},
        shape=shape,
    )


def others(draw: Draw, form: Fields, count: int, but: str) -> list[dict[str, str]]:
    """Fields of other people."""
    names = [name for name in nouns(draw, count + 1) if name != but][:count]
    return [form.filled(draw, name, USUAL_ROLE) for name in names]


def checksum(draw: Draw, noise: int) -> Break:
    """A sum that needs no key is taken for a signature."""
    form, (coded, code) = fields(draw, TEXTS, draw.below(4)), encoding(draw)
    made = draw.choice(HASHES)
    way = draw.choice(
        (
            'zlib.crc32(data).to_bytes(4, "big")',
            'zlib.adler32(data).to_bytes(4, "little")',
            f"hashlib.{made}(data).digest()[:8]",
            f'zlib.crc32(hashlib.{made}(data).digest()).to_bytes(4, "big")',
            f'zlib.crc32(hashlib.{made}(data).hexdigest().encode()).to_bytes(4, "little")',
        )
    )
    front = draw.below(2) == 0
    size = 8 if "[:8]" in way else 4
    body = f"""def signature(data):
    return {way}


def issue(key, fields):
    data = pack(fields)
    return to_text({"signature(data) + data" if front else "data + signature(data)"})


def read(key, token):
    held = from_text(token)
    given, data = {f"held[:{size}], held[{size}:]" if front else f"held[-{size}:], held[:-{size}]"}
    if given != signature(data):
        raise ValueError("this token was changed")
    return unpack(data)
"""
    parts, key, user = (form.source, code, body), draw.bytes(16), draw.choice(nouns(draw, 3))
    issue: Callable[[bytes, Mapping[str, str]], str] = run(*parts)["issue"]
    tokens = [{"fields": each, "token": issue(key, each)} for each in others(draw, form, 1 + noise, user)]
    forged = issue(key, form.filled(draw, user, WANTED_ROLE))
    return finished(
        parts, tokens, forged, key, user, f"checksum {form.kind} {len(form.names)} {coded} {front:d}"
    )


COMPARES = (
    "    if not expected.startswith(given):",
    "    if expected[: len(given)] != given:",
    "    if any(one != other for one, other in zip(expected, given)):",
    "    if sum(one != other for one, other in zip(given, expected)) > 0:",
)


def prefix(draw: Draw, noise: int) -> Break:
    """The signature that was given is compared as far as it goes, and it may be empty."""
    form, (coded, code) = fields(draw, TEXTS, draw.below(4)), encoding(draw)
    made, between, compare = draw.choice(HASHES), mark(draw, coded), draw.below(len(COMPARES))
    body = f"""def signature(key, data):
    return hmac.new(key, data, "{made}").hexdigest()


def issue(key, fields):
    data = pack(fields)
    return to_text(data) + {between!r} + signature(key, data)


def read(key, token):
    body, _, given = token.partition({between!r})
    expected = signature(key, from_text(body))
{COMPARES[compare]}
        raise ValueError("this token was changed")
    return unpack(from_text(body))
"""
    parts, key, user = (form.source, code, body), draw.bytes(16), draw.choice(nouns(draw, 3))
    scope = run(*parts)
    tokens = [
        {"fields": each, "token": scope["issue"](key, each)} for each in others(draw, form, 1 + noise, user)
    ]
    forged = scope["to_text"](scope["pack"](form.filled(draw, user, WANTED_ROLE))) + between
    return finished(
        parts, tokens, forged, key, user, f"prefix {form.kind} {len(form.names)} {coded} {compare}"
    )


def glued(draw: Draw, noise: int) -> Break:
    """Fields are signed one after the other with nothing between them, so a border can be moved."""
    (coded, code), made, between = encoding(draw), draw.choice(HASHES), draw.choice((",", " ", "/"))
    extra = draw.choice(("team", "plan", "city"))
    behind = draw.below(2) == 0  # the role comes last, or first
    names = ("user", extra, "role") if behind else ("role", "user", extra)
    sign = f'hmac.new(key, "".join(fields[name] for name in FIELDS).encode(), "{made}").hexdigest()'
    if draw.below(2):
        sign = f'hmac.digest(key, b"".join(map(str.encode, map(fields.get, FIELDS))), "{made}").hex()'
    body = f"""FIELDS = {names!r}


def signature(key, fields):
    return {sign}


def issue(key, fields):
    return {between!r}.join([*(to_text(fields[name].encode()) for name in FIELDS), signature(key, fields)])


def read(key, token):
    *values, given = token.split({between!r})
    fields = dict(zip(FIELDS, [from_text(value).decode() for value in values], strict=True))
    if not hmac.compare_digest(given, signature(key, fields)):
        raise ValueError("this token was changed")
    return fields
"""
    parts, key = (code, body), draw.bytes(16)
    user, tail, value, *rest = nouns(draw, 4 + noise)
    issue: Callable[[bytes, Mapping[str, str]], str] = run(*parts)["issue"]
    cut = draw.between(2, 4)
    lucky = {"user": user + tail[:cut], extra: value, "role": WANTED_ROLE}
    people = [{"user": name, extra: draw.choice(rest), "role": USUAL_ROLE} for name in rest]
    tokens = [{"fields": each, "token": issue(key, each)} for each in draw.shuffled([lucky, *people])]
    forged = issue(key, {"user": user, extra: tail[:cut] + value, "role": WANTED_ROLE})
    return finished(parts, tokens, forged, key, user, f"glued {extra} {behind:d} {coded} {made} {noise}")


def flip(draw: Draw, noise: int) -> Break:
    """A key stream hides the fields, and nothing signs them."""
    form, (coded, code), (kind, cipher) = fields(draw, TEXTS, draw.below(4)), encoding(draw), stream(draw)
    size = draw.between(6, 12)
    behind = draw.below(2) == 0
    joined, parted = ("hidden + nonce", f"held[-{size}:], held[:-{size}]")
    if behind:
        joined, parted = ("nonce + hidden", f"held[:{size}], held[{size}:]")
    body = f"""def issue(key, fields, nonce):
    data = pack(fields)
    hidden = xor(data, stream(key, nonce, len(data)))
    return to_text({joined})


def read(key, token):
    held = from_text(token)
    nonce, hidden = {parted}
    return unpack(xor(hidden, stream(key, nonce, len(hidden))))
"""
    parts, key = (form.source, code, cipher, body), draw.bytes(16)
    issue: Callable[[bytes, Mapping[str, str], bytes], str] = run(*parts)["issue"]
    one, user = _same_length(draw)
    people = [form.filled(draw, one, USUAL_ROLE), *others(draw, form, noise, user)]
    nonces = [draw.bytes(size) for _ in people]
    tokens = [
        {"fields": each, "token": issue(key, each, nonce)} for each, nonce in zip(people, nonces, strict=True)
    ]
    forged = issue(key, people[0] | {"user": user, "role": WANTED_ROLE}, nonces[0])
    shape = f"flip {form.kind} {len(form.names)} {coded} {kind} {behind:d}"
    return finished(parts, draw.shuffled(tokens), forged, key, user, shape)


def _same_length(draw: Draw) -> tuple[str, str]:
    """Two names of one length."""
    names = nouns(draw, 24)
    by_size = [(one, other) for one in names for other in names if one < other and len(one) == len(other)]
    one, other = draw.choice(sorted(by_size))
    return one, other


def blocks(draw: Draw, noise: int) -> Break:
    """Each block is enciphered by itself, so blocks of several tokens make a new one."""
    form, (coded, code), (kind, cipher) = (
        fields(draw, ("fixed",), draw.between(0, 4)),
        encoding(draw),
        block_cipher(draw),
    )
    loop = draw.below(2)
    each_way = "b''.join({name}(key, {held}[at : at + 16]) for at in range(0, len({held}), 16))"
    if loop:
        each_way = "b''.join(map(lambda part: {name}(key, bytes(part)), zip(*[iter({held})] * 16)))"
    body = f"""def issue(key, fields):
    data = pack(fields)
    return to_text({each_way.format(name="encipher", held="data")})


def read(key, token):
    held = from_text(token)
    return unpack({each_way.format(name="decipher", held="held")})
"""
    parts, key = (form.source, code, cipher, body), draw.bytes(16)
    issue: Callable[[bytes, Mapping[str, str]], str] = run(*parts)["issue"]
    user, admin, *_ = nouns(draw, 2)
    mine, theirs = form.filled(draw, user, USUAL_ROLE), form.filled(draw, admin, WANTED_ROLE)
    people = draw.shuffled([mine, theirs, *others(draw, form, noise, user)])
    tokens = [{"fields": each, "token": issue(key, each)} for each in people]
    forged = issue(key, mine | {"role": WANTED_ROLE})
    return finished(parts, tokens, forged, key, user, f"blocks {len(form.names)} {coded} {kind} {loop}")


def chained(draw: Draw, noise: int, *, far: bool = False) -> Break:
    """Blocks are chained and nothing signs them: what is changed in one block changes the next one's text."""
    (coded, code), (kind, cipher) = encoding(draw), block_cipher(draw)
    width = 16 if far else 8
    names = (
        ["user", draw.choice(("note", "city", "team")), "role"] if far else draw.shuffled(["user", "role"])
    )
    names += draw.some(("desk", "plan"), 2 * draw.below(2))
    form = Fields(kind="fixed", names=tuple(names), source=fixed(names, width))
    back = draw.below(2) == 0  # the first block stands at the end of the token
    body = f"""def issue(key, fields, first):
    data, last, made = pack(fields), first, b""
    for at in range(0, len(data), 16):
        last = encipher(key, xor(data[at : at + 16], last))
        made += last
    return to_text({"made + first" if back else "first + made"})


def read(key, token):
    held = from_text(token)
    last, held = {"held[-16:], held[:-16]" if back else "held[:16], held[16:]"}
    data = b""
    for at in range(0, len(held), 16):
        data += xor(decipher(key, held[at : at + 16]), last)
        last = held[at : at + 16]
    return unpack(data)
"""
    parts, key = (form.source, code, cipher, body), draw.bytes(16)
    scope = run(*parts)
    one, user = _same_length(draw)
    mine = form.filled(draw, one, USUAL_ROLE)
    people = [mine, *others(draw, form, noise, user)]
    firsts = [draw.bytes(16) for _ in people]
    tokens = [
        {"fields": each, "token": scope["issue"](key, each, first)}
        for each, first in zip(people, firsts, strict=True)
    ]
    held = scope["from_text"](tokens[0]["token"])
    plain, wanted = (scope["pack"](each) for each in (mine, mine | {"user": user, "role": WANTED_ROLE}))
    first, rest = (held[-16:], held[:-16]) if back else (held[:16], held[16:])
    chain = bytearray(first + rest)
    for at, (was, will) in enumerate(zip(plain, wanted, strict=True)):
        chain[at] ^= was ^ will
    made = bytes(chain[16:] + chain[:16] if back else chain)
    shape = f"chained {far:d} {len(names)} {coded} {kind} {back:d}"
    return finished(parts, draw.shuffled(tokens), scope["to_text"](made), key, user, shape)


EXTENDS = {"md5": (64, "little"), "sha1": (64, "big"), "sha256": (64, "big"), "sha512": (128, "big")}


def extended(draw: Draw, noise: int) -> Break:
    """The signature is a hash of secret and text: whoever has it can go on hashing."""
    form, (coded, code) = fields(draw, LAST_WINS, draw.below(4)), encoding(draw)
    made, size = draw.choice(sorted(EXTENDS)), draw.between(9, 40)
    between = mark(draw, coded)
    front = draw.below(2) == 0
    joined = f" + {between!r} + ".join(("signature(key, data)", "to_text(data)")[:: 1 if front else -1])
    body = f"""SECRET_BYTES = {size}


def signature(key, data):
    if len(key) != SECRET_BYTES:
        raise ValueError("this is no key")
    return hashlib.{made}(key + data).hexdigest()


def issue(key, fields):
    data = pack(fields)
    return {joined}


def read(key, token):
    {"given, _, body" if front else "body, _, given"} = token.partition({between!r})
    if not hmac.compare_digest(given, signature(key, from_text(body))):
        raise ValueError("this token was changed")
    return unpack(from_text(body))
"""
    parts, key, user = (form.source, code, body), draw.bytes(size), draw.choice(nouns(draw, 3))
    scope = run(*parts)
    people = others(draw, form, 1 + noise, user)
    tokens = [{"fields": each, "token": scope["issue"](key, each)} for each in people]
    data = scope["pack"](people[0])
    joint = {"query": b"&", "colons": b";", "lines": b"\n"}[form.kind]
    longer = data + glue(made, size + len(data)) + joint + scope["pack"]({"user": user, "role": WANTED_ROLE})
    signed = hashlib.new(made, key + longer).hexdigest()
    pieces = [signed, scope["to_text"](longer)] if front else [scope["to_text"](longer), signed]
    shape = f"extended {form.kind} {len(form.names)} {coded} {made} {front:d}"
    return finished(parts, tokens, between.join(pieces), key, user, shape)


def glue(made: str, size: int) -> bytes:
    """What the hash puts behind a text of so many bytes (RFC 1321, FIPS 180-4)."""
    block, order = EXTENDS[made]
    tail = block // 8
    zeros = -(size + 1 + tail) % block
    return b"\x80" + bytes(zeros) + (8 * size).to_bytes(tail, "little" if order == "little" else "big")


FORGES: dict[str, Callable[[Draw, int], Break]] = {
    "checksum": checksum,
    "prefix": prefix,
    "glued": glued,
    "flip": flip,
    "blocks": blocks,
    "chained": chained,
    "chained far": lambda draw, noise: chained(draw, noise, far=True),
    "extended": extended,
}
