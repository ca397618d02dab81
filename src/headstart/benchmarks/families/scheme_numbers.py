"""Schemes over large numbers from which a text is learnt without the key: RSA and signatures misused."""

import math
from collections.abc import Callable
from typing import Any

from headstart.benchmarks.families.scheme_forge import run
from headstart.benchmarks.families.scheme_learn import sealing
from headstart.benchmarks.families.scheme_parts import HASHES, Break
from headstart.benchmarks.rules.draw import Draw

SMALL = tuple(n for n in range(3, 400, 2) if all(n % d for d in range(3, n, 2)))
PRODUCT = math.prod(SMALL)
GROUPS = (
    (
        0x9C6E8C85495D17A25B9E0D1F1462AE704CAB2980C9CADE20C8A6110147DF9FA90A1ED556E917F074EA2CAC167025C82EEAC79F44983DA14F3C756027609C5E8B,
        0xB81DF22F050C86BD84E0164B43F2F1936E85DF09,
        0x2BE931217FC24C20C3574FE0E23BD04E7580E7C53310897EBEB1F27165473481A149A314CFF89CA129B95207BB4990D10185780A3C30068E85CB68FBCECA4212,
    ),
    (
        0xA0D6F2328B98668040F7D5B0547CB71FB773C9E607B60C39C537DDA080298BAFDC60E5E86741541FABB88F36250E349B0502D62EAAECADE9837ACFA1E7C73F35,
        0xBA7A8BD344989E27B924669B99AC1985878A31D7,
        0x27C4C15C8C17C09E970F388DFE24DA1F22470403F2DC29458D799FD98F259EAB6B10ADC046865E4CA2484349C568B91DC83EF8F3CC645CC4F39CE635332B8160,
    ),
    (
        0x9A739D701C095818A59146CD08C684FC0F4226E51DA23A78A96D923CC89A4D8817B99FB910D9328C5B6C8A00C4BF43DD664C8DE450B66A1B9C20F153218006B3,
        0xD456BFEE27F4196782A22D5B83D8161C99A63459,
        0x114969241AEC98B8A7C6B4CCD9D8CCACFC835F2993B450AA8A36459CF38993B59BF163F1922A4E148B29434EBE85A4E542A3DDDAC98279F3AEAFDE3828B310BC,
    ),
    (
        0xA73AADCE9F505DBD805DBA7383DFA8AE4CF7D70F1A637E415F218F175F986A5732623891A0A621A1DAD45502EF79B57785DFB9B6EAEAEF405F23449A273A1B5F,
        0xC0ACE1636E35B470EB7FBDD4700B24C2B4FAB9C5,
        0x498EAD184A0CF702203C5A6E0A2F70AB873FC455222D3F8A190D63FC0CE0C11CDD85B9961561450289020F4C9AE8A635034747DA44E6AEFBA82144D6769BA417,
    ),
)
"""(p, q, g): g has the order q modulo p, p of 512 bits and q of 160."""


def is_prime(number: int) -> bool:
    """Miller and Rabin to the first bases: enough for odd numbers that are drawn, and large."""
    if math.gcd(number, PRODUCT) != 1:
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11):
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def bits(draw: Draw, count: int) -> int:
    """A number of so many bits or fewer."""
    return int.from_bytes(draw.bytes(-(-count // 8)), "big") >> (-count % 8)


def prime_from(number: int, but: int = 1) -> int:
    """The next prime p at or after a number with p - 1 coprime to `but`."""
    number |= 1
    while not is_prime(number) or (but > 1 and (number - 1) % but == 0):
        number += 2
    return number


def prime(draw: Draw, count: int, but: int = 1) -> int:
    """A prime of so many bits."""
    return prime_from(bits(draw, count) | 3 << (count - 2) | 1, but)


RSA = """def number(text):
    return int.from_bytes({front}text.encode(), "big")


def encrypted(text, n, e):
    return pow(number(text), e, n)
"""
RSA_MORE = (
    """def keys(p, q, e):
    n = p * q
    return n, pow(e, -1, (p - 1) * (q - 1))
""",
    """def decrypted(c, n, d):
    value = pow(c, d, n)
    return value.to_bytes(-(-value.bit_length() // 8), "big")
""",
    """def signed(text, n, d):
    return pow(number(text), d, n)
""",
    """def is_key(n, e):
    return n.bit_length() >= 300 and e % 2 == 1
""",
)
THE_TEXT = "Hand in the text that {what}, and nothing else."


def _rsa(draw: Draw, front: bytes = b"") -> tuple[tuple[str, ...], str]:
    """The functions of RSA, and which were drawn."""
    said = f"{front!r} + " if front else ""
    more = draw.some(range(len(RSA_MORE)), draw.between(0, 3))
    return (RSA.format(front=said), *(RSA_MORE[n] for n in more)), "".join(map(str, more))


def _number(text: str, front: bytes = b"") -> int:
    return int.from_bytes(front + text.encode(), "big")


def cube(draw: Draw, noise: int, hidden: str) -> Break:
    """A short text to a small power never reaches the modulus."""
    e = 3
    n = prime(draw, 226) * prime(draw, 226)
    record: dict[str, object] = {"n": n, "e": e, "c": pow(_number(hidden), e, n)}
    record |= {f"other {name}": bits(draw, 452) for name in range(noise)}
    rsa, drawn = _rsa(draw)
    return Break(
        parts=rsa,
        record=record,
        asks="`record.json` holds a public key and a text encrypted with it. "
        + THE_TEXT.format(what="was encrypted"),
        solution=hidden,
        shape=f"cube {noise} {drawn}",
    )


def near(draw: Draw, noise: int, hidden: str) -> Break:
    """The two primes of the modulus lie close together."""
    p = prime(draw, 192)
    q = prime_from(p + bits(draw, 80 + 4 * noise) + 2)
    record: dict[str, object] = {"n": p * q, "e": 65537, "c": pow(_number(hidden), 65537, p * q)}
    made = f"""def primes(first, step):
    p = first
    while not is_prime(p):
        p += 1
    q = p + step
    while not is_prime(q):
        q += 1
    return p, q  # step has at most {80 + 4 * noise} bits


def is_prime(number):
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))
"""
    rsa, drawn = _rsa(draw)
    return Break(
        parts=(*rsa, made),
        record=record,
        asks="`record.json` holds a public key and a text encrypted with it. "
        + THE_TEXT.format(what="was encrypted"),
        solution=hidden,
        shape=f"near {noise} {drawn}",
    )


def shared_prime(draw: Draw, noise: int, hidden: str) -> Break:
    """Two of several moduli have a prime in common."""
    common = prime(draw, 152, 65537)
    count = draw.between(2, 3) + min(noise, 2)
    moduli = [common * prime(draw, 152, 65537) for _ in range(2)]
    moduli += [prime(draw, 152) * prime(draw, 152) for _ in range(count - 2)]
    boxes = [{"n": n, "e": 65537, "c": pow(bits(draw, 150), 65537, n)} for n in moduli]
    boxes[0]["c"] = pow(_number(hidden), 65537, moduli[0])
    wanted = moduli[0]
    rsa, drawn = _rsa(draw)
    return Break(
        parts=rsa,
        record={"sent": draw.shuffled(boxes), "wanted": wanted},
        asks="`record.json` holds texts that were `sent`, each under a public key. "
        + THE_TEXT.format(what="was sent under the modulus `wanted`"),
        solution=hidden,
        shape=f"shared prime {count} {drawn}",
    )


def shared_modulus(draw: Draw, noise: int, hidden: str) -> Break:
    """One text went to several people who share a modulus."""
    n = prime(draw, 192) * prime(draw, 192)
    odd = draw.some([17, 257, 65537, 101, 103, 107, 109, 113], 2 + min(noise, 2))
    front = draw.bytes(8) if draw.below(2) else b""
    sent = [{"e": e, "c": pow(_number(hidden, front), e, n)} for e in odd]
    rsa, drawn = _rsa(draw, front)
    return Break(
        parts=rsa,
        record={"n": n, "sent": sent},
        asks="`record.json` holds one text that was `sent` to several people. "
        + THE_TEXT.format(what="was sent"),
        solution=hidden,
        shape=f"shared modulus {len(odd)} {len(front)} {drawn}",
    )


def broadcast(draw: Draw, noise: int, hidden: str) -> Break:
    """One text to a small power went to enough people to put the moduli together."""
    e = 3
    front = draw.bytes(14)
    moduli = [prime(draw, 138, e) * prime(draw, 138, e) for _ in range(e)]
    sent = [{"n": n, "e": e, "c": pow(_number(hidden, front), e, n)} for n in moduli]
    sent += [{"n": bits(draw, 276) | 1, "e": 65537, "c": bits(draw, 270)} for _ in range(noise)]
    rsa, drawn = _rsa(draw, front)
    return Break(
        parts=rsa,
        record={"sent": draw.shuffled(sent)},
        asks="`record.json` holds one text that was `sent` to several people, each with a key of their own. "
        + THE_TEXT.format(what="was sent"),
        solution=hidden,
        shape=f"broadcast {noise} {drawn}",
    )


SIGN = {
    "dsa": """def signature(x, k, text):
    r = pow(G, k, P) % Q
    return r, pow(k, -1, Q) * (digest(text) + x * r) % Q


def is_signed(y, text, r, s):
    back = pow(s, -1, Q)
    return pow(G, digest(text) * back % Q, P) * pow(y, r * back % Q, P) % P % Q == r
""",
    "schnorr": """def signature(x, k, text):
    r = pow(G, k, P)
    return r, (k + x * digest(f"{r}:{text}")) % Q


def is_signed(y, text, r, s):
    return pow(G, s, P) == r * pow(y, digest(f"{r}:{text}"), P) % P
""",
}
NONCES = {
    "same": """def nonce(secret, n):
    return int.from_bytes(hashlib.sha512(secret + bytes([n % {size}])).digest(), "big") % Q


def nonces(secret, count):
    return [nonce(secret, n) for n in range(count)]
""",
    "related": """def nonces(first, count):
    made = [first]
    while len(made) < count:
        made.append((made[-1] * {times} + {plus}) % Q)
    return made
""",
    "short": """def nonces(numbers):
    return [number >> {size} for number in numbers]  # of 160 random bits each
""",
}


def _signed(draw: Draw, hidden: str, way: str, nonces: Callable[[int], list[int]], made: str) -> Break:
    p, q, g = draw.choice(GROUPS)
    kind, digest = draw.choice(sorted(SIGN)), draw.choice(HASHES)
    sealed, cipher = sealing(draw)
    body = f"""P = {p}
Q = {q}
G = {g}


def digest(text):
    return int.from_bytes(hashlib.{digest}(text.encode()).digest(), "big") % Q


{SIGN[kind]}"""
    key = "def made_key(x):\n    return hashlib.sha256(str(x).encode()).digest()\n"
    scope: dict[str, Any] = run(body, key, cipher)
    x = bits(draw, 159)
    signed = []
    for n, k in enumerate(nonces(q)):
        text = f"{draw.choice(('paid', 'sent', 'owes', 'kept'))} {n + 1} {draw.between(10, 99999)}"
        r, s = scope["signature"](x, k, text)
        signed.append({"text": text, "r": r, "s": s})
    return Break(
        parts=(body, key, cipher, made),
        record={
            "y": pow(g, x, p),
            "signed": signed,
            "box": scope["seal"](scope["made_key"](x), hidden).hex(),
        },
        asks="`record.json` holds texts that the service `signed` one after the other, its public key `y`, and a `box` "
        "under a key that is made of its private key. Hand in the text that the box holds, and nothing else.",
        solution=hidden,
        shape=f"{way} {kind} {digest} {len(signed)} {sealed}",
    )


def same_nonce(draw: Draw, noise: int, hidden: str) -> Break:
    """Two signatures were made with one nonce."""
    size = draw.between(3, 4) + noise
    ways = [bits(draw, 159) for _ in range(size)]
    made = NONCES["same"].format(size=size)
    return _signed(draw, hidden, "same nonce", lambda q: [each % q for each in (*ways, ways[0])], made)


def related_nonces(draw: Draw, noise: int, hidden: str) -> Break:
    """Each nonce is made of the one before."""
    times, plus, first = draw.between(1, 2**40), draw.between(1, 2**60), bits(draw, 159)

    def chain(q: int) -> list[int]:
        made = [first]
        for _ in range(2 + noise):
            made.append((made[-1] * times + plus) % q)
        return made

    return _signed(draw, hidden, "related nonces", chain, NONCES["related"].format(times=times, plus=plus))


def short_nonces(draw: Draw, noise: int, hidden: str) -> Break:
    """The nonces lack their upper bits: a lattice finds the key (Howgrave-Graham and Smart, 2001)."""
    size = draw.between(36, 44)
    made = [bits(draw, 160 - size) for _ in range(9 + noise)]
    return _signed(draw, hidden, "short nonces", lambda _: made, NONCES["short"].format(size=size))


NUMBERS: dict[str, Callable[[Draw, int, str], Break]] = {
    "cube": cube,
    "near": near,
    "shared prime": shared_prime,
    "shared modulus": shared_modulus,
    "broadcast": broadcast,
    "same nonce": same_nonce,
    "related nonces": related_nonces,
    "short nonces": short_nonces,
}
