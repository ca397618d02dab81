"""Measure right and wrong: `make truth`. Every example's rung against the rung expected; ranges against advisories."""

import json
import sys
from pathlib import Path

from figures import ROOT, Row, say
from rich.progress import track

from headstart.packages.work import Store, is_online
from headstart.proofs.rules.bisecting import How
from headstart.proofs.rules.evidence import Rung
from headstart.proofs.work import Setting, examples_table, shipped_digests, sweep
from headstart.reports.work import read
from headstart.sandbox.work import choose
from headstart.vulnerabilities.rules import beside

EXAMPLES = ROOT / "examples"
TRUE = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)


def verdict_rows(setting: Setting, names: list[str]) -> list[Row]:
    """One row for each example, and one for each kind."""
    rows, true, bogus = [], [0, 0], [0, 0]
    for name in track(names, "proving", transient=True):
        (found,) = examples_table(EXAMPLES, setting=setting, names=[name])
        wanted, got = f"{found.rung}, {found.attribution}", f"{found.got_rung}, {found.got_attribution}"
        counted = true if found.rung in TRUE else bogus
        counted[0] += found.holds
        counted[1] += 1
        rows.append(Row(name=name, value=got, unit=f"{found.seconds:.1f} s", goal=wanted, holds=found.holds))
    share = true[0] / true[1] if true[1] else None
    return [
        *rows,
        Row(name="true reports believed", value=share, unit=f"of {true[1]}", goal=">= 0.95",
            holds=None if share is None else share >= 0.95),
        Row(name="bogus reports refuted", value=float(bogus[0]), unit=f"of {bogus[1]}", goal=f"{bogus[1]}",
            holds=bogus[0] == bogus[1]),
    ]  # fmt: skip


def range_rows(setting: Setting) -> list[Row]:
    """For each true example with a public advisory: on how many releases the two differ, by name."""
    rows = []
    advisories = [json.loads(each.read_text()) for each in sorted((EXAMPLES / "advisories").glob("*.json"))]
    for path in track(sorted((EXAMPLES / "reports").iterdir()), "sweeping", transient=True):
        folder = read(path)
        package = str(folder.report.purl.without_version)
        held = [each for each in advisories if each["affected"][0]["package"]["purl"] == package]
        if not held:
            continue
        found = sweep(folder, setting=setting, how=How.SWEEP)
        said = beside(folder.report.purl, held[0], found.range, [each.version for each in found.table])
        if said is None:
            continue
        differ = [row["version"] for row in said["differ"]]
        shown = ", ".join(differ[:4]) + (f" … {differ[-1]}" if len(differ) > 4 else "")
        rows.append(
            Row(name=f"range: {path.name}", value=float(len(differ)), unit=f"of {said['releases']} releases differ",
                goal="each explained by its run", peer=f"{said['id']}: {shown or 'agrees'}", holds=None)
        )  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, write; status 1 where a verdict is not the expected one."""
    data = ROOT / "var"
    setting = Setting(
        store=Store(data / "store", local=(EXAMPLES / "targets",)),
        sandbox=choose(data / "sandbox"),
        shipped=shipped_digests(EXAMPLES),
    )
    online = is_online()
    folders = [*(["reports"] if online else []), "reports-offline"]
    names = [each.name for folder in folders for each in sorted((EXAMPLES / folder).iterdir())]
    if not online:
        sys.stdout.write(
            "The package registries can't be reached: only the targets in the repository were run.\n"
        )
    rows = verdict_rows(setting, names) + (range_rows(setting) if online else [])
    say(rows, "Right or wrong", Path(data / "truth.json"))
    sys.exit(any(row.holds is False for row in rows))


if __name__ == "__main__":
    main()
