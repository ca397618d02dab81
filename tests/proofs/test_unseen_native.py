"""Native code of the target shows no frame of its own: the harness, whose line called it, is not blamed for it."""

import pytest

from headstart.proofs.rules import witness
from headstart.proofs.rules.effects import DEEP, observe
from headstart.proofs.rules.evidence import Attribution, Frame, Place
from headstart.proofs.rules.facts import Facts
from headstart.proofs.rules.witness import Language, Record
from headstart.reports.rules import Expect, Proof
from headstart.sandbox.rules.jobs import Applied, Ended, Outcome

CALL = Frame(file="/work/report/harness.py", line=3, function="<module>", place=Place.HARNESS)
OWN = Frame(file="/usr/lib/python3.11/random.py", line=3, function="shuffle", place=Place.LIBRARY)
LIMIT_MIB = 64


def facts(expect: Expect, stack: tuple[Frame, ...], *, extensions: bool, gave_up: bool) -> Facts:
    raised = (Record(event="exception", detail="MemoryError\0MemoryError", stack=stack),)
    outcome = Outcome(
        ended=Ended.CPU_TIME if expect is Expect.HANG else Ended.MEMORY,
        status=None,
        signal=None,
        stdout=b"",
        stderr=b"",
        cpu_seconds=1.0,
        wall_seconds=1.0,
        peak_memory_bytes=LIMIT_MIB << 20,
        truncated=False,
        applied=Applied(provider="made up", weaker=False, by=()),
    )
    return Facts(
        proof=Proof(
            run=("python", "harness.py", "{input}"),
            trigger=("a",),
            control=("b",),
            expect=expect,
            seconds=1,
            memory_mib=LIMIT_MIB,
        ),
        language=Language.PYTHON,
        outcome=outcome,
        testimony=witness.Testimony(started=True, records=raised if gave_up else (), samples=(stack,) * 20),
        sample_seconds=0.05,
        extensions=extensions,
    )


@pytest.mark.parametrize(
    ("stack", "extensions", "who"),
    [
        ((CALL,), True, Attribution.UNKNOWN),
        ((CALL,), False, Attribution.HARNESS),
        ((OWN, CALL), True, Attribution.HARNESS),  # the standard library's Python shows its frames
        ((CALL,) * DEEP, True, Attribution.HARNESS),
    ],
    ids=["native target", "no native code", "the library's own code", "the harness's own recursion"],
)
@pytest.mark.parametrize(
    ("expect", "gave_up"), [(Expect.HANG, False), (Expect.EXHAUST, False), (Expect.EXHAUST, True)]
)
def test_a_harness_whose_line_called_native_code_of_the_target_is_not_blamed(
    expect: Expect, gave_up: bool, stack: tuple[Frame, ...], extensions: bool, who: Attribution
) -> None:
    found = observe(facts(expect, stack, extensions=extensions, gave_up=gave_up))
    assert (found.seen, found.attribution) == (True, who)
