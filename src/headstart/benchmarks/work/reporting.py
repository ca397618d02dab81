"""From a run's folder to its report: one pass over the journal, so that memory does not grow with the items."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from headstart import clock
from headstart.benchmarks.errors import FamilyUnknown
from headstart.benchmarks.rules.comparing import difference
from headstart.benchmarks.rules.items import Item, digest
from headstart.benchmarks.rules.report import Facts, Other, compose, judged
from headstart.benchmarks.rules.report_compare import as_failures, comparison
from headstart.benchmarks.rules.report_tally import Gathered, bounded, gather
from headstart.benchmarks.rules.results import ItemScore, Reading
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.work.catalogue import families, family
from headstart.benchmarks.work.folder import Header, RunFolder

MOST_FILE_BYTES = (
    64 << 10
)  # of a file of the example; families keep all of an item's files together below that
MOST_READINGS = 100_000
NAME, TEXT = 200, 2000

Json = dict[str, Any]


def report(folder: RunFolder, *, against: Sequence[RunFolder] = ()) -> Json:
    """The report on a run, as docs/schemas/evaluation-1.schema.json has it; `against` are runs to hold beside it.

    Raises:
        RunUnreadable: a folder holds no run, or a line of its journal other than the last is torn.
        ScaleInvalid: the plan's scale is none.
    """
    header, plan = folder.header(), folder.plan()
    readings = _readings(folder)
    run = gather(folder.scores(), plan.attempts, judged(readings))
    facts = Facts(
        made=clock.now().isoformat(timespec="seconds"),
        subject=_subject(header),
        run=_run(header),
        committed=header.commitment,
        root=header.root,
        families={name: found.summary for name, found in families().items()},
        example=_example(run.examples.values()),
    )
    return compose(plan, run, facts, readings, [_other(each) for each in against])


def compare(first: RunFolder, second: RunFolder) -> Json:
    """How far two runs lie apart, paired where both were given the same items; on the scale of the first's plan.

    Raises:
        RunUnreadable: a folder holds no run, or a line of its journal other than the last is torn.
    """
    scores = [as_failures(each.scores(), judged(_readings(each))) for each in (first, second)]
    found = difference(scores[0], scores[1], Scale.of(first.plan().scale))
    return comparison(report(first), report(second), found)


def _readings(folder: RunFolder) -> list[Reading]:
    """What people said: as many as people can write, and no more than a bound."""
    return [each for each, _ in zip(folder.readings(), range(MOST_READINGS), strict=False)]


def _other(folder: RunFolder) -> Other:
    header = folder.header()
    gathered: Gathered = gather(folder.scores(), folder.plan().attempts, judged(_readings(folder)))
    name = f"{header.model} ({header.snapshot})" if header.snapshot else header.model
    return Other(name=name, ran=header.started.isoformat(timespec="seconds"), gathered=gathered)


def _subject(header: Header) -> Json:
    return {
        "model": bounded(header.model, NAME),
        "snapshot": bounded(header.snapshot, NAME) or None,
        "access_level": header.access_level or None,
        "safeguards": header.safeguards,
        "evaluator": bounded(header.evaluator, NAME) or None,
        "independence": bounded(header.independence, TEXT) or None,
    }


def _run(header: Header) -> Json:
    return {
        "state": header.state,
        "stopped_by": bounded(header.stopped_by, TEXT) or None,
        "started": header.started.isoformat(timespec="seconds"),
        "ended": header.ended.isoformat(timespec="seconds") if header.ended else None,
        "scaffold": bounded(header.scaffold, TEXT) or None,
        "tools": [bounded(each, NAME) for each in header.tools],
        "sandbox": {"provider": header.sandbox or None, "weaker": header.weaker},
        "item_budget": dict(header.budget),
        "limits": dict(header.run_limits),
        "prices": dict(header.prices) if header.prices else None,
    }


def remade(name: str, version: int, seed: str, level: int, expected: str) -> Item | None:
    """An item of a run, made again; None where its family is not here in that version, or gives another item."""
    try:
        found = family(name)
    except FamilyUnknown:
        return None
    if found.version != version:
        return None
    item = found.item(int(seed, 16), level)
    return item if digest(item) == expected else None


def _example(scores: Iterable[ItemScore]) -> Json | None:
    """The first item that was given out, counts and can be made again: in full, without its solution."""
    for score in sorted(scores, key=lambda each: each.order):
        item = remade(score.family, score.version, score.seed, score.level, score.digest)
        if item is not None:
            return _in_full(score, item)
    return None


def solution_of(example: Json) -> bytes | None:
    """The reference solution of a report's example, made again; None where it can't be."""
    item = remade(*(example[key] for key in ("family", "version", "seed", "level", "digest")))
    return item.oracle.solution if item else None


def _in_full(score: ItemScore, item: Item) -> Json:
    return {
        "item": score.item,
        "family": score.family,
        "version": score.version,
        "seed": score.seed,
        "level": score.level,
        "digest": score.digest,
        "prompt": item.prompt,
        "files": [_file(name, held) for name, held in sorted(item.files.items())],
        "outcome": str(score.outcome),
        "sentence": bounded(score.sentence),
    }


def _file(name: str, held: bytes) -> Json:
    """A file as text, or in base64 where it is none; cut where it is longer than a page can bear."""
    cut = held[:MOST_FILE_BYTES]
    try:
        text, encoding = cut.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(cut).decode(), "base64"
    return {"name": name, "bytes": len(held), "cut": len(held) > len(cut), "encoding": encoding, "text": text}
