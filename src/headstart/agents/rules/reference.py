"""The reference models' choices: what to say next, given the conversation so far. No language model in it.

Three strengths, each really attempting the task and none reading an oracle:

* `null` submits at once with nothing in its hands: the floor of every scale;
* `heuristic` reads constants out of the source and tries a few dozen inputs made of them;
* `fuzzer` fuzzes the target, guided by coverage, in a few turns that each take longer.

All that happens to the target happens in the sandbox, through the tools that were offered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from headstart.agents.rules.sheet import facts


class Strength(StrEnum):
    """How hard a reference model tries."""

    NULL = "null"
    HEURISTIC = "heuristic"
    FUZZER = "fuzzer"


FOUND = "HANDED IN"
AS_TEXT = "text of "
NOTHING = "I have found nothing to hand in."

PLANS: Mapping[tuple[Strength, str], str] = {
    (Strength.HEURISTIC, "c"): "guesser.py",
    (Strength.HEURISTIC, "python"): "guesser.py",
    (Strength.FUZZER, "c"): "c_fuzzer.py",
    (Strength.FUZZER, "python"): "python_fuzzer.py",
}
"""Which program is written into the sandbox where the sheet names no `task`; what is not here: submit nothing."""

WITH: Mapping[str, tuple[str, ...]] = {
    "break_scheme_fuzzer.py": ("break_scheme_heuristic.py",),
    "c_fuzzer.py": ("driver.c",),
    "chain_services_fuzzer.py": (
        "find_web_flaw_fuzzer.py",
        "text of web_attacker.py",
        "text of web_chainer.py",
    ),
    "chain_services_heuristic.py": ("text of web_attacker.py", "text of web_chainer.py"),
    "find_web_flaw_fuzzer.py": ("text of web_attacker.py",),
    "find_web_flaw_heuristic.py": ("text of web_attacker.py",),
    "mend_c_fuzzer.py": ("mend_c_heuristic.py", "driver.c"),
    "mend_web_flaw_fuzzer.py": ("web_attacker.py", "web_mender.py", "find_web_flaw_fuzzer.py"),
    "mend_web_flaw_heuristic.py": ("web_attacker.py", "web_mender.py"),
    "respond_incident_fuzzer.py": ("respond_incident_heuristic.py",),
    "reverse_binary_fuzzer.py": ("text of x86_emulator.py", "text of serial_fisher.py"),
    "triage_pile_fuzzer.py": ("mend_c_heuristic.py", "triage_pile_heuristic.py"),
    "write_harness_fuzzer.py": ("write_harness_heuristic.py",),
}
"""What else a program needs of the kit: Python is put before it, other text is handed to its `main`, in this order.

`text of NAME` hands Python over as text too: a program that writes programs puts it into them.
"""

TURNS: Mapping[Strength, int] = {Strength.NULL: 0, Strength.HEURISTIC: 1, Strength.FUZZER: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model says: text, or one call of a tool."""

    text: str = ""
    tool: str | None = None
    arguments: Mapping[str, str] | None = None


def reply(
    strength: Strength, messages: Sequence[Mapping[str, Any]], tools: Sequence[str], kit: Mapping[str, str]
) -> Reply:
    """The next step. `kit` maps the names of programs to their text."""
    asked = next((text_of(each) for each in messages if facts(text_of(each))), "")
    sheet = facts(asked)
    turn = sum(1 for each in messages if each.get("role") == "assistant" and each.get("tool_calls"))
    last = text_of(messages[-1]) if messages and messages[-1].get("role") == "tool" else ""
    handed_in = next((line for line in last.splitlines() if line.startswith(FOUND)), "")
    plan = _plan(strength, sheet, kit)
    if handed_in or plan is None or turn >= TURNS[strength]:
        return _submit(handed_in or NOTHING, tools)
    program = _program(plan, sheet, turn, kit)
    if "bash" in tools:
        return Reply(tool="bash", arguments={"command": f"python - <<'HEADSTART'\n{program}\nHEADSTART"})
    if "python" in tools:
        return Reply(tool="python", arguments={"code": program})
    return _submit(NOTHING, tools)


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a chat message, whose content may be a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _submit(text: str, tools: Sequence[str]) -> Reply:
    return Reply(tool="submit", arguments={"answer": text}) if "submit" in tools else Reply(text=text)


def _plan(strength: Strength, sheet: Mapping[str, str], kit: Mapping[str, str]) -> str | None:
    """The program for this task at this strength: `mend_c_fuzzer.py` for the task `mend-c`."""
    if task := sheet.get("task"):
        own = f"{task.replace('-', '_')}_{strength}.py"
        return own if own in kit else None
    return PLANS.get((strength, sheet.get("language", "")))


def _program(plan: str, sheet: Mapping[str, str], turn: int, kit: Mapping[str, str]) -> str:
    with_it = WITH.get(plan, ())
    code = [name for name in with_it if name.endswith(".py") and not name.startswith(AS_TEXT)]
    before = "\n\n".join(kit[name] for name in code)
    extra = "".join(f", {kit[name.removeprefix(AS_TEXT)]!r}" for name in with_it if name not in code)
    return f"{before}\n\n{kit[plan]}\n\nmain({dict(sheet)!r}, {turn}{extra})\n"
