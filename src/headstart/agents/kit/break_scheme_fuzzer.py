"""Try the known breaks one after the other, each on a service of our own first: what needs no key there, needs none.

Bits are flipped, blocks mixed, borders moved, small keys tried, moduli held against each other. After
`break_scheme_heuristic.py`, in one file.
"""

import importlib
import itertools
import json
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # it stands before this in one file
    from headstart.agents.kit.break_scheme_heuristic import (
        hand_in,
        issued,
        load,
        meant,
        plain_forgeries,
        tokens,
        used_twice,
    )

GUESSES = (4_000, 30_000)  # keys that are tried, by turn
STEPS = 20_000


def main(sheet: dict[str, str], turn: int) -> None:
    """What the heuristic tries, and more."""
    scheme, record = load(sheet)
    if "want" not in sheet:
        hand_in(sheet, next(learnt(scheme, record, turn), None))
    elif "then" in record:
        hand_in(sheet, next(under_a_password(scheme, record, sheet, turn), None))
    else:
        hand_in(sheet, next(forged(scheme, record, sheet), None))


def learnt(scheme: Any, record: dict[str, Any], turn: int) -> Iterator[str]:
    """Texts that may be the hidden one."""
    yield from used_twice(record)
    yield from laid_along(scheme, record)
    yield from guessed(scheme, record, GUESSES[turn])
    yield from large_numbers(record)
    yield from nonces(scheme, record)


def forged(scheme: Any, record: dict[str, Any], sheet: dict[str, str]) -> Iterator[str]:
    """Tokens that may be taken."""
    yield from plain_forgeries(scheme, record, sheet)
    yield from changed(scheme, record, json.loads(sheet["want"]))


def under_a_password(scheme: Any, record: dict[str, Any], sheet: dict[str, str], turn: int) -> Iterator[str]:
    """Learn the password, open the tokens, forge one, seal it."""
    words = importlib.import_module("words")
    for password in itertools.islice(learnt(words, record["first"], turn), 5):
        key = password.encode()
        try:
            held = [
                {"fields": each["fields"], "token": scheme.opened(key, each["token"])}
                for each in record["then"]["tokens"]
            ]
        except ValueError:
            continue
        for token in forged(scheme, {"tokens": held}, sheet):
            yield scheme.sealed(key, bytes(8), token)


def changed(scheme: Any, record: dict[str, Any], want: dict[str, str]) -> Iterator[str]:
    """Changes of a recorded token that, made on our own tokens, give what is wanted whatever the key."""
    held = tokens(record)
    for fields, token in held:
        for moved in borders(fields, want):
            yield from same_signature(scheme, (fields, token), moved, want)
        if hasattr(scheme, "pack"):
            yield from flipped(scheme, (fields, token), want)
    if hasattr(scheme, "pack"):
        for one, two in itertools.permutations(held, 2):
            yield from mixed(scheme, one, two, want)


def borders(fields: dict[str, str], want: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same characters, with the border between two fields elsewhere."""
    for one, two in itertools.permutations(fields, 2):
        if one in want and fields[one].startswith(want[one]) and fields[one] != want[one]:
            rest = fields[one][len(want[one]) :]
            moved = fields | {one: want[one], two: rest + fields[two]}
            if all(moved[name] == value for name, value in want.items()):
                yield moved


def same_signature(
    scheme: Any, found: tuple[dict[str, str], str], moved: dict[str, str], want: dict[str, str]
) -> Iterator[str]:
    """Both readings have one signature: put it behind the other."""
    fields, token = found
    one, two = issued(scheme, fields), issued(scheme, moved)
    common = next((n for n, (a, b) in enumerate(zip(one[::-1], two[::-1], strict=False)) if a != b), 0)
    for size in range(common, 7, -1):
        if meant(scheme, two[:-size] + one[-size:], want):
            yield two[:-size] + token[-size:]
            return


def flipped(scheme: Any, found: tuple[dict[str, str], str], want: dict[str, str]) -> Iterator[str]:
    """Change the text by changing what hides it, at some place of the token."""
    fields, token = found
    plain, wanted = scheme.pack(fields), scheme.pack(fields | want)
    if len(plain) != len(wanted):
        return
    difference = bytes(one ^ two for one, two in zip(plain, wanted, strict=True))
    places = [n for n, byte in enumerate(difference) if byte]
    own = scheme.from_text(issued(scheme, fields))
    for shift in range(-len(plain), 33):
        try:
            if not meant(scheme, scheme.to_text(xored(own, difference, places, shift)), want):
                continue
        except IndexError:
            continue
        yield scheme.to_text(xored(scheme.from_text(token), difference, places, shift))


def xored(held: bytes, difference: bytes, places: list[int], shift: int) -> bytes:
    """Some places changed, so many bytes further on; from the end round to the beginning."""
    made = bytearray(held)
    for place in places:
        made[place + shift] ^= difference[place]
    return bytes(made)


def mixed(
    scheme: Any, one: tuple[dict[str, str], str], two: tuple[dict[str, str], str], want: dict[str, str]
) -> Iterator[str]:
    """Blocks of two tokens, put together anew."""
    own = [blocks(scheme.from_text(issued(scheme, fields))) for fields, _ in (one, two)]
    theirs = [blocks(scheme.from_text(token)) for _, token in (one, two)]
    if not 1 < len(own[0]) == len(own[1]) <= 7:
        return
    for ways in itertools.product((0, 1), repeat=len(own[0])):
        if meant(scheme, scheme.to_text(b"".join(own[way][n] for n, way in enumerate(ways))), want):
            yield scheme.to_text(b"".join(theirs[way][n] for n, way in enumerate(ways)))
            return


def blocks(held: bytes) -> list[bytes]:
    """Blocks of sixteen bytes."""
    return [held[at : at + 16] for at in range(0, len(held), 16)]


def laid_along(scheme: Any, record: dict[str, Any]) -> Iterator[str]:
    """A key that is laid along the text: one byte of it shows in each byte of a known message."""
    messages = record.get("messages", [])
    known = [each for each in messages if "text" in each]
    for target in (each for each in messages if "text" not in each and "start" in each):
        for size in range(3, 28):
            key = key_of(scheme, known, size)
            if key is not None and (text := read_back(scheme, key, target)):
                yield text


def key_of(scheme: Any, known: list[dict[str, Any]], size: int) -> bytes | None:
    """The key of that size that gives all known messages."""
    key = [-1] * size
    for each in known:
        sent = bytes.fromhex(each["sent"])
        by_value = [scheme.sent(bytes([value]) * size, each["start"], each["text"]) for value in range(256)]
        for place in range(size):
            marked = bytes([0] * place + [255] + [0] * (size - place - 1))
            touched = scheme.sent(marked, each["start"], each["text"])
            for n, (one, two) in enumerate(zip(touched, by_value[0], strict=True)):
                if one != two:
                    value = next((v for v in range(256) if by_value[v][n] == sent[n]), -1)
                    if key[place] not in (-1, value):
                        return None
                    key[place] = value
    return None if -1 in key else bytes(key)


def read_back(scheme: Any, key: bytes, target: dict[str, Any]) -> str:
    """The text that is sent as the target is, character by character."""
    sent = bytes.fromhex(target["sent"])
    tries = {char: scheme.sent(key, target["start"], chr(char) * len(sent)) for char in range(32, 127)}
    found = [
        next((char for char, made in tries.items() if made[n] == byte), 0) for n, byte in enumerate(sent)
    ]
    return "".join(map(chr, found)) if all(found) else ""


def guessed(scheme: Any, record: dict[str, Any], most: int) -> Iterator[str]:
    """Keys that are made of little: try what it may have been."""
    if "box" not in record or not hasattr(scheme, "made_key"):
        return
    box = bytes.fromhex(record["box"])
    secrets: list[int | str] = []
    if "since" in record:
        secrets = list(range(record["since"], record["until"]))
    elif "digits" in record:
        secrets = [f"{n:0{record['digits']}}" for n in range(10 ** record["digits"])]
    for secret in secrets[:most]:
        try:
            yield scheme.unseal(scheme.made_key(secret), box)
        except ValueError:
            continue


def numbers(record: Any) -> list[dict[str, Any]]:
    """All there is of n, e, c."""
    if isinstance(record, list):
        return [found for each in record for found in numbers(each)]
    if not isinstance(record, dict):
        return []
    inner = [
        found | {"n": found.get("n", record.get("n", 0))}
        for each in record.values()
        for found in numbers(each)
    ]
    return ([record] if {"e", "c"} <= set(record) else []) + inner


def large_numbers(record: dict[str, Any]) -> Iterator[str]:
    """Roots, neighbours, common factors, common moduli, remainders."""
    found = numbers(record)
    wanted = record.get("wanted")
    for each in found:
        if wanted is None or each["n"] == wanted:
            yield from text_of(root(each["c"], each["e"]))
            for other in found:
                if 1 < (common := math.gcd(each["n"], other["n"])) < each["n"]:
                    yield from opened(each, common)
            yield from opened(each, near(each["n"]))
    for one, two in itertools.combinations(found, 2):
        if one["n"] == two["n"] and math.gcd(one["e"], two["e"]) == 1:
            a = pow(one["e"], -1, two["e"])
            b = (1 - a * one["e"]) // two["e"]
            yield from text_of(pow(one["c"], a, one["n"]) * pow(two["c"], b, one["n"]) % one["n"])
    for e in {each["e"] for each in found if each["e"] < 10}:
        value, whole = 0, 1
        for each in (each for each in found if each["e"] == e):
            value += whole * ((each["c"] - value) * pow(whole, -1, each["n"]) % each["n"])
            whole *= each["n"]
        yield from text_of(root(value, e))


def root(value: int, e: int) -> int:
    """The whole root, or 0."""
    if e > 9:
        return 0
    low, high = 0, 1 << (value.bit_length() // e + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**e < value else (low, middle)
    return low if low**e == value else 0


def near(n: int) -> int:
    """A factor near the root (Fermat), or 1."""
    middle = math.isqrt(n) + 1
    for _ in range(STEPS // 100):
        rest = middle * middle - n
        if math.isqrt(rest) ** 2 == rest:
            return middle - math.isqrt(rest)
        middle += 1
    return 1


def opened(each: dict[str, int], p: int) -> Iterator[str]:
    """Decrypt with a factor of the modulus."""
    q, rest = divmod(each["n"], max(p, 1))
    if 1 < p < each["n"] and rest == 0 and math.gcd(each["e"], (p - 1) * (q - 1)) == 1:
        yield from text_of(pow(each["c"], pow(each["e"], -1, (p - 1) * (q - 1)), each["n"]))


def text_of(value: int) -> Iterator[str]:
    """The text at the end of a number's bytes."""
    held = value.to_bytes(-(-value.bit_length() // 8), "big")
    if found := re.search(rb"[a-z -]{6,}[0-9]+$", held):
        yield found.group().decode()


def nonces(scheme: Any, record: dict[str, Any]) -> Iterator[str]:
    """Two signatures with one nonce give the private key."""
    for one, two in itertools.combinations(record.get("signed", []), 2):
        if one["r"] != two["r"]:
            continue
        q, r = scheme.Q, one["r"]
        plain = [scheme.digest(each["text"]) for each in (one, two)]
        bound = [scheme.digest(f"{r}:{each['text']}") for each in (one, two)]
        k = (plain[0] - plain[1]) * pow(one["s"] - two["s"], -1, q) % q
        keys = [(one["s"] * k - plain[0]) * pow(r, -1, q) % q]
        keys.append((one["s"] - two["s"]) * pow(bound[0] - bound[1], -1, q) % q)
        for x in keys:
            try:
                yield scheme.unseal(scheme.made_key(x), bytes.fromhex(record["box"]))
            except ValueError:
                continue
