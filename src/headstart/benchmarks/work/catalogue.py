"""The families there are: those that ship, and plug-ins of other packages (entry points `headstart.families`)."""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module, metadata

from headstart.benchmarks.errors import FamilyUnknown, NeedMissing
from headstart.benchmarks.ports import Family
from headstart.benchmarks.rules.items import Item, Need, digest
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import tools

GROUP = "headstart.families"
AGAIN_SECONDS = 60
SHIPPED = (
    "break_scheme:BreakScheme",
    "chain_services:ChainServices",
    "find_memory_flaw:FindMemoryFlaw",
    "find_parser_flaw:FindParserFlaw",
    "find_web_flaw:FindWebFlaw",
    "mend_memory_flaw:MendMemoryFlaw",
    "mend_web_flaw:MendWebFlaw",
    "respond_incident:RespondIncident",
    "reverse_binary:ReverseBinary",
    "triage_pile:TriagePile",
    "write_harness:WriteHarness",
)
"""Module of `benchmarks/families` and class, in the order of their names."""


@cache
def families() -> dict[str, Family]:
    """The families of tasks, by name."""
    shipped = [_load(f"headstart.benchmarks.families.{each}") for each in SHIPPED]
    others = [entry.load()() for entry in metadata.entry_points(group=GROUP)]
    return {each.name: each for each in (*others, *shipped)}


def _load(path: str) -> Family:
    module, _, name = path.partition(":")
    made: Family = getattr(import_module(module), name)()
    return made


def family(name: str) -> Family:
    """One family.

    Raises:
        FamilyUnknown: there is none of that name.
    """
    found = families().get(name)
    if found is None:
        raise FamilyUnknown(name, tuple(families()))
    return found


def item(name: str, seed: int, level: int) -> Item:
    """Generate an item: the same every time, to the byte.

    Raises:
        FamilyUnknown: there is no family of that name.
    """
    return family(name).item(seed, level)


def is_shipped(name: str) -> bool:
    """Whether the family comes with Headstart; another package's is not believed to be deterministic."""
    return type(family(name)).__module__.startswith("headstart.benchmarks.families.")


def regenerated(name: str, seed: int, level: int) -> str:
    """The digest of the item when it is made again: a plug-in's in a process of its own, under another hash seed."""
    if is_shipped(name):
        return digest(item(name, seed, level))
    ran = subprocess.run(
        [sys.executable, "-m", "headstart.benchmarks.work.again", name, str(seed), str(level)],
        env={**os.environ, "PYTHONHASHSEED": str(1 + seed % 1000)},
        capture_output=True,
        text=True,
        timeout=AGAIN_SECONDS,
        check=False,
    )
    return ran.stdout.strip()


def missing(name: str, sandbox: Sandbox) -> frozenset[Need]:
    """What the family needs and this machine has not got."""
    here = tools(sandbox)
    has = {Need.C_COMPILER: here.cc is not None, Need.X86_64: os.uname().machine == "x86_64"}
    return frozenset(each for each in family(name).needs if not has[each])


def usable_families(sandbox: Sandbox, names: Sequence[str] | None) -> list[str]:
    """The families that can be run here; all those that were named, or an error.

    Raises:
        FamilyUnknown: there is none of that name.
        NeedMissing: a family that was named needs what this machine has not got.
    """
    if names is None:
        return [name for name in sorted(families()) if not missing(name, sandbox)]
    for name in names:
        if lacking := missing(name, sandbox):
            raise NeedMissing(name, sorted(lacking))
    return list(names)
