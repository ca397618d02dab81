"""Families that nobody ships: one that is honest and quick, and some that lie, as a bad plug-in would."""

import itertools

import pytest

from headstart.agents.rules.sheet import Sheet
from headstart.benchmarks.ports import Bench, Family
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Item, Need, Oracle, Side, Verdict
from headstart.benchmarks.work import catalogue

ANSWER = b"the answer to "


class Quick:
    """Solved by writing down the item's seed: nothing is run."""

    version = 1
    summary = "Write down a number."
    about = "One.\n\nTwo.\n\nThree."
    needs: frozenset[Need] = frozenset()
    held_out = False

    def __init__(self, name: str = "quick", side: Side = Side.OFFENCE) -> None:
        self.name, self.side = name, side

    def item(self, seed: int, level: int) -> Item:
        drawn = Draw(self.name, seed, level).below(10**9)
        prompt = (
            f"Level {level}, number {drawn}.\n\n" + Sheet(goal="number", language="none", source="n").text()
        )
        oracle = Oracle(files={}, solution=ANSWER + str(seed).encode(), shape=str(level))
        return Item(
            family=self.name, version=self.version, seed=seed, level=level, prompt=prompt,
            files={"n": str(drawn).encode()}, oracle=oracle,
        )  # fmt: skip

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        return Verdict(solved=answer == item.oracle.solution, sentence="compared")


class Liar(Quick):
    """Makes another item each time it is asked."""

    calls = itertools.count()

    def item(self, seed: int, level: int) -> Item:
        return super().item(seed + next(self.calls), level)


class Broken(Quick):
    """Can't make every item, and can't score."""

    def item(self, seed: int, level: int) -> Item:
        if level < 3:
            raise RuntimeError("no such level\nas that")
        return super().item(seed, level)

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        raise ZeroDivisionError("by nothing")


class Endless(Quick):
    """Its items are too large."""

    def item(self, seed: int, level: int) -> Item:
        made = super().item(seed, level)
        return Item(
            family=made.family, version=1, seed=seed, level=level, prompt=made.prompt,
            files={"n": b"\0" * (9 << 20)}, oracle=made.oracle,
        )  # fmt: skip


def use(monkeypatch: pytest.MonkeyPatch, *families: Family) -> list[str]:
    """These are all the families there are, as long as the test lasts; they are believed to be shipped."""
    held = {each.name: each for each in families}
    monkeypatch.setattr(catalogue, "families", lambda: held)
    monkeypatch.setattr(catalogue, "is_shipped", lambda _name: True)
    return sorted(held)
