"""Another ecosystem is one provider, registered under its purl type, and one row that says how its versions sort."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headstart.packages.errors import Uninstallable
from headstart.packages.ports import Contents, Release
from headstart.packages.rules import versions
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.rules.evidence import Attribution, Rung
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox


class Shop:
    """A registry of a language that is Python by another name; 1.10.0 is mended."""

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        day = datetime(2020, 1, 1, tzinfo=UTC)
        return tuple(Release(purl=purl.at(each), published=day) for each in ("1.10.0", "1.9.0", "1.8.0"))

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        pass

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        check = "" if purl.version != "1.10.0" else "    if len(text) > 9: return\n"
        (into / "shop.py").write_text(f"def read(text):\n{check}    if len(text) > 9: raise KeyError(text)\n")
        return Contents(own=("shop.py",))

    def source(self, purl: Purl, into: Path) -> None:
        raise Uninstallable(str(purl), "find its source", "it has no source archive")


def test_a_made_up_ecosystem_is_proved_and_swept(
    report: Callable[..., Folder], sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(versions.KEYS, "Hex", versions.semver)
    folder = report(
        "crash", "import sys, shop\nshop.read(open(sys.argv[1]).read())\n", trigger="x" * 20, control="x",
        package="shop", version="1.9.0", more='exception = "KeyError"',
    )  # fmt: skip
    text = (folder.path / "report.toml").read_text().replace("pkg:generic", "pkg:hex")
    (folder.path / "report.toml").write_text(text)
    from headstart.reports import work as reports

    folder = reports.read(folder.path)
    store = Store(tmp_path / "store", registries={"hex": Shop()})
    verdict = work.prove(folder, store=store, sandbox=sandbox, runs=1)
    assert (verdict.rung, verdict.attribution) == (Rung.CONTRASTED, Attribution.TARGET), verdict.sentence
    swept = work.sweep(folder, setting=work.Setting(store=store, sandbox=sandbox, runs=1))
    assert swept.results == {"1.8.0": Affected.YES, "1.9.0": Affected.YES, "1.10.0": Affected.NO}
    assert swept.range.vers() == "vers:hex/>=1.8.0|<1.10.0"
