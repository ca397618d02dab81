"""Was the effect there, and who caused it? One small function for each of the eight kinds of `expect`."""

import signal
from collections.abc import Callable, Iterable, Mapping

from headstart.proofs.rules.borrowed import is_borrowed
from headstart.proofs.rules.evidence import Attribution, Frame, Place, attribute, short, state_of
from headstart.proofs.rules.facts import Facts, Observation, Sanitizer
from headstart.proofs.rules.helpers import (
    STARTS,
    is_start,
    of_the_harness,
    records_in_threads_of_the_target,
    runs_the_target,
)
from headstart.proofs.rules.witness import Language, Record, majority
from headstart.reports.rules import Expect
from headstart.sandbox.rules.jobs import Ended, Outcome

FATAL = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
LONGEST_SECONDS = 120.0  # of CPU time that any run is given
START_SECONDS = 0.3  # of CPU time: an interpreter's own start, on a machine whose caches others share
OUTRIGHT = frozenset(
    {"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames", "open"}
    | {"sys.excepthook", "process.binding", "process.emit"}
)
UNSAMPLED = (
    0.25  # of the CPU time: with fewer samples than that, others computed than the thread that was watched
)
DEEP = 90  # frames: a fault handler's dump that is the harness's own recursion


def observe(facts: Facts) -> Observation:
    """Whether the effect was there, and who caused it, meddling with the witness taken into account."""
    found = KINDS[facts.proof.expect](facts)
    if not found.seen or facts.proof.expect is Expect.DECIDE:
        return found
    return _distrust(facts, found)


def _distrust(facts: Facts, found: Observation) -> Observation:
    """The same observation, if the witness can be believed."""
    testimony = facts.testimony
    meddling = sorted({each.detail for each in testimony.of("meddling")})
    why = ""
    if facts.language is not Language.NATIVE and not testimony.started:
        why = "it ran without the hub's witness"
    elif testimony.forged:
        why = "it wrote into the hub's own log"
    elif OUTRIGHT & set(meddling):
        why = f"it reached for the hub's witness ({', '.join(meddling)})"
    if why:
        return _changed(found, Attribution.HARNESS, why, ("harness-meddles",))
    if meddling and found.attribution is Attribution.TARGET:
        flags = tuple(f"harness-meddles: {name}" for name in meddling)
        return _changed(found, Attribution.UNKNOWN, found.evidence, flags)
    return found


def _changed(found: Observation, who: Attribution, evidence: str, flags: tuple[str, ...]) -> Observation:
    return Observation(
        seen=found.seen, evidence=evidence, attribution=who, stack=found.stack, state=found.state, flags=flags
    )


def import_failed(facts: Facts) -> str:
    """Why the target could not even be loaded, or "": an uncaught exception while a module of it was starting."""
    for record in facts.testimony.of("exception"):
        starting = [
            frame
            for frame in record.stack
            if frame.place in (Place.TARGET, Place.DEPENDENCY) and frame.function == "<module>"
        ]
        if starting and attribute(record.stack) is not Attribution.HARNESS:
            name = record.detail.partition("\0")[0]
            return f"the package does not load here ({name} in {starting[0].file}:{starting[0].line})"
    return ""


def calm_seconds(seconds: float) -> float:
    """The CPU time in which a control ends at its ease: a tenth of the limit, or an interpreter's start."""
    return min(max(seconds / 10, START_SECONDS), seconds / 2)


def patience(seconds: float, controls: Iterable[float]) -> float:
    """The CPU time after which a trigger hangs: ten times what the slowest control took where that is more.

    `seconds` is the report's own limit, `controls` the CPU seconds of each control input at its quickest. So a
    machine that is busy, or a package that is slow to load, makes the trigger's limit longer and fools nobody.
    """
    slowest = max(controls, default=0.0)
    return seconds if slowest <= calm_seconds(seconds) else min(max(seconds, 10 * slowest), LONGEST_SECONDS)


def unsound(facts: Facts) -> str:
    """Why a control run is no control, or "" where it ended as a harmless input should."""
    outcome, proof = facts.outcome, facts.proof
    if proof.expect is Expect.DECIDE:
        return "" if outcome.status in (0, 10) else f"the harness {how(outcome)}, which is no decision"
    if outcome.ended is not Ended.EXITED:
        return f"the control {how(outcome)}"
    for record in facts.testimony.of("exception"):
        return f"the control ended in {record.detail.partition(chr(0))[0]}"
    if proof.expect is Expect.HANG and 10 * outcome.cpu_seconds > LONGEST_SECONDS:
        most = LONGEST_SECONDS / 10
        return f"the control took {outcome.cpu_seconds:.1f} s of CPU time, more than the {most:g} s allowed"
    return ""


def how(outcome: Outcome) -> str:
    """How a run ended, in words."""
    words = {
        Ended.EXITED: f"ended with exit status {outcome.status}",
        Ended.SIGNALLED: f"was killed by signal {outcome.signal}",
        Ended.CPU_TIME: f"was stopped after {outcome.cpu_seconds:.1f} s of CPU time",
        Ended.WALL_TIME: f"was stopped after {outcome.wall_seconds:.0f} s, most of it waiting",
        Ended.MEMORY: "was stopped at its limit of memory",
        Ended.OUTPUT: "was stopped for printing too much",
        Ended.DISK: "was stopped for filling its folder",
    }
    return words[outcome.ended]


def crash(facts: Facts) -> Observation:
    """A sanitizer's report, a fatal signal, or the uncaught exception that the report names."""
    wanted = facts.proof.exception
    raised = facts.testimony.of("exception")
    if wanted:
        return _exception(facts, wanted.rpartition(".")[2], raised)
    if facts.sanitizer is not None:
        return _sanitized(facts, facts.sanitizer)
    return _fatal_signal(facts)


def _sanitized(facts: Facts, said: Sanitizer) -> Observation:
    found = Observation(
        seen=True,
        evidence=f"the sanitizer saw {said.kind}{_at(said.stack)}",
        attribution=attribute(said.stack),
        stack=said.stack,
        state=said.state,
    )
    outcome = facts.outcome
    direct = facts.language is Language.NATIVE and "/" in facts.proof.run[0]
    other = outcome.ended is Ended.EXITED and outcome.status != facts.sanitizer_status
    return _flagged(found, "fakes-log") if direct and said.ends and other else found


def _exception(facts: Facts, wanted: str, raised: tuple[Record, ...]) -> Observation:
    if facts.outcome.ended is Ended.EXITED and facts.outcome.status == 0:
        return _no(f"{wanted} did not end the run: it {how(facts.outcome)}")
    for record in raised:
        name, _, names = record.detail.partition("\0")
        if wanted in names.split():
            stack = _native(facts, record.stack)
            return _by_stack(stack, f"{name} was raised and not caught{_at(stack)}")
    if raised:
        return _no(f"{raised[0].detail.partition(chr(0))[0]} was raised, not {wanted}{_at(raised[0].stack)}")
    return _no(f"{wanted} was not raised: it {how(facts.outcome)}")


def _native(facts: Facts, stack: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """A stack, with the target's native function on top that the harness called and that never came back."""
    calls = facts.testimony.of("native", "native-end")
    if not calls or calls[-1].event != "native" or attribute(stack) is not Attribution.HARNESS:
        return stack
    file, _, function = calls[-1].detail.partition("\0")
    return (Frame(file=file, line=0, function=function, place=Place.TARGET), *stack)


def _fatal_signal(facts: Facts) -> Observation:
    outcome = facts.outcome
    if outcome.ended is not Ended.SIGNALLED or outcome.signal not in FATAL:
        return _no(f"no crash: it {how(outcome)}")
    name = signal.Signals(outcome.signal).name
    chosen = facts.language is Language.PYTHON and not facts.fatal_dump
    if chosen or facts.testimony.of("end"):
        return _no(f"the harness chose an exit status that looks like {name}, and nothing crashed")
    for record in facts.testimony.of("kill"):
        found = _by_stack(record.stack, f"it was ended by a call of {record.detail}{_at(record.stack)}")
        handed = facts.language is Language.NODE and found.attribution is Attribution.TARGET
        return _flagged(found, "hands-callable") if handed else found
    helpers, _ = of_the_harness(facts.testimony, root=facts.root, names=facts.names, built=facts.built)
    if [each for each in helpers if is_start(each.event)]:
        return _by_stack((), f"{name} killed it, and a program that the harness started may have sent it")
    if facts.language is not Language.PYTHON:
        return _by_stack((), f"{name} killed it")
    dumped = facts.testimony.samples[-1] if facts.testimony.samples else ()
    stack = _native(facts, dumped)
    return _by_stack(stack, f"{name} killed it{_at(stack)}", _unless_native(facts, stack, attribute(stack)))


def _unless_native(facts: Facts, stack: tuple[Frame, ...], said: Attribution) -> Attribution:
    """Unknown, where the harness is named and the target's own native code may have run: it shows no frame."""
    if said is not Attribution.HARNESS or not facts.extensions:
        return said
    own = sum(frame.place is Place.HARNESS for frame in stack)
    return Attribution.UNKNOWN if stack[0].place is Place.HARNESS and own < DEEP else said


def hang(facts: Facts) -> Observation:
    """No end within the CPU time that the report names; who was computing, by samples."""
    outcome = facts.outcome
    if outcome.ended is not Ended.CPU_TIME or outcome.cpu_seconds < 0.9 * facts.proof.seconds:
        return _no(f"it {how(outcome)} after {outcome.cpu_seconds:.2f} s of CPU time")
    evidence = f"it computed for {facts.proof.seconds:g} s without an end"
    if facts.language is Language.NATIVE and facts.sanitizer is not None:
        stack = facts.sanitizer.stack  # as it was when the hub stopped it
        return _by_stack(stack, f"{evidence}{_at(stack)}")
    return _by_samples(facts, evidence)


def exhaust(facts: Facts) -> Observation:
    """More memory than the report names; who was running, by the last samples."""
    outcome, limit = facts.outcome, facts.proof.memory_mib
    gave_up = [each for each in facts.testimony.of("exception") if "MemoryError" in each.detail]
    peak = outcome.peak_memory_bytes or 0
    if outcome.ended is not Ended.MEMORY and peak <= limit << 20 and not gave_up:
        return _no(f"it {how(outcome)} and used {peak >> 20} MiB of the {limit} MiB at most")
    asked = gave_up or list(facts.testimony.of("alloc"))[-1:]
    if asked:
        stack = asked[0].stack
        who = _unless_native(facts, stack, attribute(stack))
        return _by_stack(stack, f"it asked for more than {limit} MiB{_at(stack)}", who)
    return _by_samples(facts, f"it used more than {limit} MiB")


def _by_samples(facts: Facts, evidence: str) -> Observation:
    """Who computed, by the samples of the thread that was watched; helpers, where that thread did too little."""
    helpers, own = of_the_harness(facts.testimony, root=facts.root, names=facts.names, built=facts.built)
    sampled = len(facts.testimony.samples) * facts.sample_seconds
    if (helpers or own) and sampled < UNSAMPLED * facts.outcome.cpu_seconds:
        if helpers and not own:
            said = f"{evidence}, in what the harness started{_at(helpers[0].stack)}"
            return _by_stack(helpers[0].stack, said, Attribution.HARNESS)
        return _flagged(_by_stack((), evidence), "in-a-child")
    samples = facts.testimony.samples
    who, stack = majority(samples)
    if who is Attribution.HARNESS and is_borrowed(samples[len(samples) // 2 :], facts.code):
        return _by_stack(stack, f"{evidence}{_at(stack)}", Attribution.UNKNOWN)
    return _by_stack(stack, f"{evidence}{_at(stack)}", _unless_native(facts, stack, who))


DEEDS = ("meddling", "exception", "plant", "look", "thread", "worker", "kill", "end", "alloc")
"""Events that are no reading, writing or starting themselves."""


def disclose(facts: Facts) -> Observation:
    """The fresh secret on standard output; who read the file."""
    if not facts.secret or facts.secret not in facts.outcome.stdout:
        return _no(f"the secret was not printed: it {how(facts.outcome)}")
    return _by_records(facts, _touches(facts), "the secret file was read and printed")


def execute(facts: Facts) -> Observation:
    """The fresh marker program ran; who started it."""
    if not facts.marker_ran:
        return _no(f"the marker program did not run: it {how(facts.outcome)}")
    named = [each for each in facts.testimony.records if facts.marker in each.detail]
    started = named or list(facts.testimony.of(*STARTS))
    own = [each for each in started if not _is_the_targets(facts, each)]
    return _by_records(facts, own, "the marker program was run")


def write(facts: Facts) -> Observation:
    """Something changed in the fresh forbidden folder; who wrote there."""
    if not facts.changed:
        return _no(f"nothing changed in the forbidden folder: it {how(facts.outcome)}")
    what = f"{facts.changed[0]} was written in the forbidden folder"
    return _by_records(facts, _touches(facts) or list(facts.testimony.of("look")), what)


def pollute(facts: Facts) -> Observation:
    """The property on a shared prototype or class; who set it."""
    set_by = facts.testimony.of("pollute")
    at_end = facts.testimony.of("polluted-at-end")
    if not set_by and not at_end:
        return _no(f"no shared class or prototype has the property: it {how(facts.outcome)}")
    where = (set_by or at_end)[0].detail
    if at_end and not set_by:
        return _by_stack((), f"{where} has the property at the end, and no call that the hub watches set it")
    return _by_records(facts, list(set_by), f"{where} was given the property")


def decide(facts: Facts) -> Observation:
    """The target's decision, which the harness reports: who caused it is never known."""
    match facts.outcome.status:
        case 0:
            return Observation(seen=True, evidence="the harness reports that the target accepted it")
        case 10:
            return _no("the harness reports that the target refused it")
        case _:
            return _no(f"the harness {how(facts.outcome)}, which is no decision")


KINDS: Mapping[Expect, Callable[[Facts], Observation]] = {
    Expect.CRASH: crash,
    Expect.HANG: hang,
    Expect.EXHAUST: exhaust,
    Expect.DISCLOSE: disclose,
    Expect.EXECUTE: execute,
    Expect.WRITE: write,
    Expect.POLLUTE: pollute,
    Expect.DECIDE: decide,
}


def _no(evidence: str) -> Observation:
    return Observation(seen=False, evidence=evidence)


def _by_stack(stack: tuple[Frame, ...], evidence: str, who: Attribution | None = None) -> Observation:
    said = attribute(stack) if who is None else who
    return Observation(seen=True, evidence=evidence, attribution=said, stack=stack, state=state_of(stack))


def _by_records(facts: Facts, records: list[Record], evidence: str) -> Observation:
    """Who, by every record of the deed: the harness if it has a hand in one."""
    by = {attribute(each.stack): each for each in reversed(records)}
    links = [each for each in facts.testimony.of("plant") if attribute(each.stack) is Attribution.HARNESS]
    for who in (Attribution.HARNESS, Attribution.TARGET):
        if who in by:
            found = _by_stack(by[who].stack, f"{evidence}{_at(by[who].stack)}", who)
            doubtful = who is Attribution.TARGET and (links or _handed(by))
            return _flagged(found, "plants-link" if links else "hands-callable") if doubtful else found
    if _handed(by):
        return _flagged(_by_stack(by[Attribution.UNKNOWN].stack, evidence), "hands-callable")
    if records and records_in_threads_of_the_target(facts.testimony, records):
        return _by_stack(records[0].stack, f"{evidence}{_at(records[0].stack)}", Attribution.TARGET)
    helpers, own = of_the_harness(facts.testimony, root=facts.root, names=facts.names, built=facts.built)
    if helpers and not own:
        kind = "a program" if is_start(helpers[0].event) else "a thread"
        return _by_stack(helpers[0].stack, f"{kind} that the harness started did it", Attribution.HARNESS)
    return _flagged(_by_stack((), evidence), "in-a-child") if own else _by_stack((), evidence)


def _handed(by: Mapping[Attribution, Record]) -> bool:
    record = by.get(Attribution.UNKNOWN)
    return record is not None and any(frame.place is Place.UNKNOWN for frame in record.stack)


def _flagged(found: Observation, flag: str) -> Observation:
    """The same, told to a person: it can't be said whose doing it is."""
    return _changed(found, Attribution.UNKNOWN, found.evidence, (flag,))


def _touches(facts: Facts) -> list[Record]:
    return [each for each in facts.testimony.records if each.event not in DEEDS and not is_start(each.event)]


def _is_the_targets(facts: Facts, record: Record) -> bool:
    return is_start(record.event) and runs_the_target(record, facts.root, facts.names, facts.built)


def _at(stack: tuple[Frame, ...]) -> str:
    own = [frame for frame in stack if frame.place is not Place.LIBRARY]
    return f", in {own[0].function} of {short(own[0].file)}, line {own[0].line}" if own else ""
