"""The gateway's books in memory: what they were told is there to look at, and they can be made to fail."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from headstart import clock
from headstart.access.errors import (
    BudgetSpent,
    KeyOver,
    KeyUnknown,
    ModelNotOffered,
    ScopeMissing,
    TooManyRequests,
)
from headstart.access.ports import Asked, Ended, Pass, Slip
from headstart.access.rules import Dialect, Ending
from headstart.reviews.rules import Scope

SECRET = "sk-upstream-Zk3vQ9xW7bT1mN5pR8sL2dF6"


@dataclass
class Line:
    """One request in the books."""

    holder: Pass
    asked: Asked
    slip: Slip
    ended: Ended | None = None


@dataclass
class MemoryBooks:
    """Implements access.ports.Books. `begin` waits for `begin_may`; `broken` and `hanging` are for all verbs."""

    tokens_left: int | None = None
    begin_may: asyncio.Event | None = None
    broken: bool = False
    hanging: bool = False
    admitted: int = 0  # how often it was asked what a key is good for
    passes: dict[str, Pass] = field(default_factory=dict)
    ended_keys: dict[str, Ending] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def give(self, key: str, base_url: str, dialect: Dialect = Dialect.OPENAI, **wanted: object) -> Pass:
        """A key for everything, unless `wanted` says otherwise (fields of Pass)."""
        number = next(self._numbers)
        whole = Pass(
            key_id=f"gky_{number}", review_id="rev_1", upstream_id="ups_1", dialect=dialect, base_url=base_url,
            secret=SECRET, models=frozenset({"model-a", "model-b"}), scopes=frozenset(Scope), most_streams=200,
            keeps_words=False,
        )  # fmt: skip
        self.passes[key] = replace(whole, **wanted)  # type: ignore[arg-type]
        return self.passes[key]

    def take_back(self, key: str, ending: Ending = Ending.REVOKED) -> None:
        """From now on the key is over."""
        self.ended_keys[self.passes[key].key_id] = ending

    async def admit(self, key: str) -> Pass:
        """What this key is good for."""
        self.admitted += 1
        await self._answer()
        if key not in self.passes:
            raise KeyUnknown
        found = self.passes[key]
        if found.key_id in self.ended_keys:
            raise KeyOver(self.ended_keys[found.key_id])
        return found

    async def begin(self, holder: Pass, asked: Asked) -> Slip:
        """Write a request down."""
        if self.begin_may is not None:
            await self.begin_may.wait()
        await self._answer()
        if holder.key_id in self.ended_keys:
            raise KeyOver(self.ended_keys[holder.key_id])
        scope = Scope.CHAT if holder.dialect is Dialect.OPENAI else Scope.MESSAGES
        for needed in (scope, *((Scope.TOOLS,) if asked.tools else ())):
            if needed not in holder.scopes:
                raise ScopeMissing(needed)
        if asked.model not in holder.models:
            raise ModelNotOffered(", ".join(sorted(holder.models)))
        if self.tokens_left is not None and self.tokens_left <= 0:
            raise BudgetSpent("tokens")
        if self.open_of(holder.key_id) >= holder.most_streams:
            raise TooManyRequests(f"this key has {holder.most_streams} requests open already")
        slip = Slip(
            request_id=f"grq_{len(self.lines) + 1}", tokens_left=self.tokens_left, begun_at=clock.now()
        )
        self.lines.append(Line(holder, asked, slip))
        return slip

    async def end(self, slip: Slip, ended: Ended) -> None:
        """Complete what was begun, once."""
        await self._answer()
        line = next(each for each in self.lines if each.slip.request_id == slip.request_id)
        assert line.ended is None, "ended twice"
        line.ended = ended

    async def over(self, key_ids: Collection[str]) -> Mapping[str, Ending]:
        """Which of these keys are over now, and why."""
        await self._answer()
        return {each: self.ended_keys[each] for each in key_ids if each in self.ended_keys}

    def open_of(self, key_id: str) -> int:
        """How many of its requests have not ended."""
        return sum(1 for each in self.lines if each.holder.key_id == key_id and each.ended is None)

    def endings(self) -> list[Ending | None]:
        """How each request ended, in order."""
        return [each.ended.ending if each.ended else None for each in self.lines]

    async def _answer(self) -> None:
        while self.hanging:  # noqa: ASYNC110 - set from outside its loop
            await asyncio.sleep(0.01)
        if self.broken:
            raise OSError("the disk is gone")
        await asyncio.sleep(0)
