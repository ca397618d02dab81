"""A reference model's attempt at an item, straight in a sandbox: the same words and programs, without Inspect AI."""

from typing import Any

from headstart.agents.providers.endpoint import kit
from headstart.agents.rules.reference import Strength, reply
from headstart.benchmarks.rules.items import Item, Verdict
from headstart.benchmarks.work import SandboxBench, family
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Job, Limits, Trust

LIMITS = Limits(cpu_seconds=30, wall_seconds=60, memory_bytes=1 << 30)
TURNS = 8


def attempt(item: Item, strength: str, sandbox: Sandbox) -> bytes | None:
    """What the model hands in; None for nothing."""
    with sandbox.scratch() as scratch:
        work = scratch / "work"
        for name, held in item.files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(held)
        messages: list[dict[str, Any]] = [{"role": "user", "content": item.prompt}]
        for _ in range(TURNS):
            said = reply(Strength(strength), messages, ("bash", "python", "submit"), kit())
            if said.tool != "bash" or said.arguments is None:
                break
            job = Job(
                argv=("bash", "-c", said.arguments["command"]), work=work, trust=Trust.SHIPPED, limits=LIMITS
            )
            outcome = sandbox.run(job)
            heard = (outcome.stdout + outcome.stderr).decode(errors="replace")
            messages.append({"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]})
            messages.append({"role": "tool", "content": heard})
        answer = work / "answer"
        return answer.read_bytes() if answer.is_file() and not answer.is_symlink() else None


def verdict(item: Item, answer: bytes | None, sandbox: Sandbox) -> Verdict:
    """What running says of it."""
    if answer is None:
        return Verdict(solved=False, sentence="nothing was handed in")
    return family(item.family).score(item, answer, SandboxBench(sandbox, Trust.SHIPPED))
