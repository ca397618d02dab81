"""Break a scheme: every kind can be broken from what is handed out, and nothing but a break counts."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from tests.benchmarks.attempts import verdict as verdict_of
from tests.benchmarks.families.breaking import sha256_on, shortened

from headstart.benchmarks import work
from headstart.benchmarks.families.break_scheme import ALONE, FIRST, SECOND
from headstart.benchmarks.families.scheme_forge import FORGES, IMPORTS, glue
from headstart.benchmarks.families.scheme_learn import LEARNS
from headstart.benchmarks.families.scheme_numbers import GROUPS, NUMBERS, is_prime
from headstart.benchmarks.families.scheme_parts import Break
from headstart.benchmarks.rules.draw import Draw
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose

NAME = "break-scheme"
HIDDEN = "maple-zinc-4821"


def scheme(made: Break) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "scheme"}
    exec("\n\n".join((IMPORTS, *made.parts)), scope)
    return scope


def learnt(kind: str) -> Iterator[tuple[Break, dict[str, Any], dict[str, Any]]]:
    """A few schemes of a kind from which a text is learnt: with its functions and what was recorded."""
    for seed in range(6):
        made = {**LEARNS, **NUMBERS}[kind](Draw("test", seed), 2, HIDDEN)
        yield made, scheme(made), dict(made.record)


@pytest.mark.parametrize("kind", sorted(FORGES))
def test_the_solution_is_taken_and_what_was_recorded_is_not(kind: str) -> None:
    for seed in range(12):
        made = FORGES[kind](Draw("test", seed), 2)
        says, key = scheme(made), bytes.fromhex(made.key)
        assert dict(made.want).items() <= says["read"](key, made.solution).items()
        tokens: Any = made.record["tokens"]
        for each in tokens:
            said = says["read"](key, each["token"])
            assert {name: said[name] for name in ("user", "role")} == {
                name: each["fields"][name] for name in ("user", "role")
            }
            assert not dict(made.want).items() <= said.items()


def test_every_level_draws_from_kinds_that_there_are() -> None:
    named = {kind for level in (*ALONE, *FIRST, *SECOND) for kind in level}
    assert named == {*FORGES, *LEARNS, *NUMBERS}


def test_what_a_hash_puts_behind_a_text_lets_anybody_go_on_hashing() -> None:
    """RFC 1321: MD5 of secret, text, glue and more is what MD5 goes on to, from the state that the signature is."""
    for size in (0, 1, 54, 55, 56, 63, 64, 119, 128):
        for made, block in (("md5", 64), ("sha1", 64), ("sha256", 64), ("sha512", 128)):
            assert (size + len(glue(made, size))) % block == 0
    assert glue("md5", 3) == b"\x80" + bytes(52) + b"\x18" + bytes(7)
    assert glue("sha256", 3) == b"\x80" + bytes(52) + bytes(7) + b"\x18"


def test_an_unknown_generator_is_solved_from_three_tickets() -> None:
    for made, says, record in learnt("unknown"):
        whole, tickets = says["WHOLE"], record["tickets"]
        times = (tickets[2] - tickets[1]) * pow(tickets[1] - tickets[0], -1, whole) % whole
        numbers = says["Numbers"](tickets[-1], times, (tickets[1] - tickets[0] * times) % whole)
        assert says["unseal"](says["made_key"](numbers), bytes.fromhex(record["box"])) == made.solution


def test_a_truncated_generator_is_solved_by_trying_the_bits_that_lack() -> None:
    for made, says, record in learnt("truncated"):
        tickets, found = record["tickets"], []
        cut = next(n for n in range(13, 17) if f">> {n}" in "".join(made.parts))
        for low in range(1 << cut):
            state = tickets[0] << cut | low
            if (state * says["TIMES"] + says["PLUS"]) % says["WHOLE"] >> cut == tickets[1]:
                numbers = says["Numbers"](state)
                if [numbers.next() for _ in tickets[1:]] == tickets[1:]:
                    found.append(says["unseal"](says["made_key"](numbers), bytes.fromhex(record["box"])))
        assert found == [made.solution]


def test_related_nonces_give_the_private_key() -> None:
    for made, says, record in learnt("related nonces"):
        q, (one, two) = says["Q"], record["signed"][:2]
        first = says["nonces"](0, 2)[1]
        times = (says["nonces"](1, 2)[1] - first) % q
        if "def is_signed(y, text, r, s):\n    back" in "".join(made.parts):  # s = (h + x r) / k
            h, g = (says["digest"](each["text"]) for each in (one, two))
            a, b = pow(one["s"], -1, q), pow(two["s"], -1, q)
            x = (g * b - first - times * h * a) * pow(times * one["r"] * a - two["r"] * b, -1, q) % q
        else:  # s = k + x e
            h, g = (says["digest"](f"{each['r']}:{each['text']}") for each in (one, two))
            x = (two["s"] - first - times * one["s"]) * pow(g - times * h, -1, q) % q
        assert says["unseal"](says["made_key"](x), bytes.fromhex(record["box"])) == made.solution


def test_short_nonces_give_the_private_key_by_a_lattice() -> None:
    for made, says, record in list(learnt("short nonces"))[:3]:
        q, signed = says["Q"], record["signed"][:7]
        short = 1 << (160 - next(n for n in range(36, 45) if f">> {n} for" in "".join(made.parts)))
        lines = []  # nonce = slope * x + base
        for each in signed:
            if "def is_signed(y, text, r, s):\n    back" in "".join(made.parts):
                back = pow(each["s"], -1, q)
                lines.append((each["r"] * back % q, says["digest"](each["text"]) * back % q))
            else:
                lines.append((-says["digest"](f"{each['r']}:{each['text']}") % q, each["s"]))
        size = len(lines)
        rows = [[q * q * (n == place) for place in range(size)] + [0, 0] for n in range(size)]
        rows += [
            [slope * q for slope, _ in lines] + [short, 0],
            [base * q for _, base in lines] + [0, short * q],
        ]
        texts = set()
        for row in shortened(rows):
            for sign in (1, -1):
                try:
                    x = sign * row[size] // short % q
                    texts.add(says["unseal"](says["made_key"](x), bytes.fromhex(record["box"])))
                except ValueError:
                    continue
        assert texts == {made.solution}


def test_a_signature_that_is_a_hash_can_be_gone_on_with() -> None:
    """From the recorded signature, with no key, to the token that is the reference solution."""
    found = 0
    for seed in range(40):
        made = FORGES["extended"](Draw("test", seed), 2)
        source = "".join(made.parts)
        if "hashlib.sha256" not in source:
            continue
        says = scheme(made)
        tokens: Any = made.record["tokens"]
        data = says["pack"](tokens[0]["fields"])
        signed = tokens[0]["token"].replace(says["to_text"](data), "").strip("~.:#")
        before = data + glue("sha256", says["SECRET_BYTES"] + len(data))
        joint = next(each for each in "&;\n" if f"{each!r}.join" in source).encode()
        more = joint + says["pack"](dict(made.want))
        tail = more + glue("sha256", says["SECRET_BYTES"] + len(before) + len(more))
        state = bytes.fromhex(signed)
        for at in range(0, len(tail), 64):
            state = sha256_on(state, tail[at : at + 64])
        assert state.hex() in made.solution
        assert says["to_text"](before + more) in made.solution
        found += 1
    assert found > 3


def test_groups_and_primes_are_what_they_are_taken_for() -> None:
    for p, q, g in GROUPS:
        assert (p - 1) % q == 0 != pow(g, 1, p) - 1
        assert pow(g, q, p) == 1
        assert all(pow(base, each - 1, each) == 1 for base in (2, 3, 65537) for each in (p, q))
    assert is_prime(2**127 - 1)
    assert not is_prime((2**127 - 1) * (2**89 - 1))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


@pytest.mark.sandbox
@pytest.mark.parametrize("level", [0, 3, 5])
def test_hostile_answers_are_refused_in_a_sentence(level: int, sandbox: Sandbox) -> None:
    bench = work.SandboxBench(sandbox, Trust.SHIPPED)
    for seed in (4, 9):
        item = work.item(NAME, seed, level)
        noise = random.Random(seed).randbytes(3000)
        for answer in (
            noise,
            b"[" * (1 << 20),
            bytes(100),
            b'["taken", ""]',
            b"9" * 100_000,
            item.oracle.files["secret.json"],
        ):
            told = work.family(NAME).score(item, answer, bench)
            assert not told.solved
            assert told.sentence


@pytest.mark.sandbox
def test_a_real_token_of_somebody_else_is_no_forgery(sandbox: Sandbox) -> None:
    item = next(
        work.item(NAME, seed, 0) for seed in range(50) if work.item(NAME, seed, 0).oracle.shape[:5] == "check"
    )
    token = json.loads(item.files["record.json"])["tokens"][0]["token"]
    told = verdict_of(item, token.encode(), sandbox)
    assert told.sentence == "the check takes the token, and not for the user and role asked for"
