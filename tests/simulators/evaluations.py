"""Runs of a model that nobody ran: folders as `work.evaluate` leaves them."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headstart import clock
from headstart.benchmarks import work
from headstart.benchmarks.rules.ability import estimate
from headstart.benchmarks.rules.items import Outcome, digest
from headstart.benchmarks.rules.rates import rate
from headstart.benchmarks.rules.results import ItemScore, Sign
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work import Evaluation, Header, RunFolder
from headstart.reviews.models import Review

LATER = timedelta(days=365)


def still_open(review: Review) -> None:
    """Let a review's window run on the day that the calendar was turned to."""
    now = clock.now()
    Review.objects.filter(id=review.id).update(opens_at=now, closes_at=now + timedelta(days=30))
    review.refresh_from_db()


def log_of(item: str, said: str = "done") -> bytes:
    """A sample's log with one call of a tool, as Inspect writes it."""
    call = {"id": "1", "function": "bash", "arguments": {"command": f"./try {item}"}, "type": "function"}
    messages = [
        {"role": "user", "content": f"Find an input for {item}."},
        {"role": "assistant", "content": "I try it.", "tool_calls": [call]},
        {"role": "tool", "function": "bash", "tool_call_id": "1", "content": said},
    ]
    return json.dumps({"id": item, "messages": messages, "events": []}).encode()


def run_of(
    path: Path,
    plan: Plan,
    *,
    model: str = "reference/fuzzer",
    broken: int = 0,
    logs: bool = False,
    signs: tuple[Sign, ...] = (),
) -> Evaluation:
    """A fixed form, half solved; the first `broken` items are lost to the machinery; `signs` are the first item's."""
    started = datetime(2026, 6, 10, 12, tzinfo=UTC) + LATER
    folder = RunFolder(path)
    header = Header(
        model=model, commitment=plan.commitment, started=started, ended=started + timedelta(minutes=1),
        scaffold="none", state="done", root="0" * 64, sandbox="bubblewrap",
    )  # fmt: skip
    folder.begin(header, plan)
    (path / "journal.jsonl").unlink(missing_ok=True)
    for n, (name, level) in enumerate(plan.fixed()):
        chosen = plan.chosen(name, level, n)
        made = work.item(name, chosen.seed, level)
        log = log_of(made.id) if logs else b""
        if logs:
            (path / "samples" / f"{made.id}.json").write_bytes(log)
        folder.append(
            ItemScore(
                item=made.id,
                family=name,
                version=chosen.version,
                side=work.family(name).side,
                seed=f"{chosen.seed:x}",
                level=level,
                digest=digest(made),
                order=n,
                sentence="said so",
                outcome=Outcome.INFRASTRUCTURE if n < broken else Outcome.SOLVED if n % 2 else Outcome.FAILED,
                started=started,
                ended=started + timedelta(seconds=n),
                input_tokens=100 * n,
                sample=hashlib.sha256(log).hexdigest() if logs else f"{n:064x}",
                signs=() if n else signs,
            )
        )
    items = tuple(folder.scores())
    return Evaluation(
        folder=folder, header=header, plan=plan, items=items, ability=estimate({}), rate=rate(5, 12 - broken)
    )
