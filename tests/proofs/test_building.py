"""Source is built in the sandbox, from wherever the report says, once; what is hostile in it is refused in one line."""

import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.packages.errors import Uninstallable
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Installed, Store
from headstart.proofs import work
from headstart.proofs.rules.evidence import Attribution, Rung
from headstart.proofs.work import building
from headstart.proofs.work.verdict import Verdict
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

from .conftest import REPORT, SECONDS

pytestmark = pytest.mark.sandbox

PARSER = """#include <stdio.h>
#include <string.h>
#include "parse.h"
void parse(const char *text) { char name[8]; strcpy(name, text); puts(name); }
"""
MENDED = """--- a/parse.c
+++ b/parse.c
@@ -1,4 +1,4 @@
 #include <stdio.h>
 #include <string.h>
 #include "parse.h"
-void parse(const char *text) { char name[8]; strcpy(name, text); puts(name); }
+void parse(const char *text) { char name[8]; snprintf(name, 8, "%s", text); puts(name); }
"""
HARNESS = """#include <stdio.h>
#include "parse.h"
int main(int count, char **words) {
  char text[100] = {0}; FILE *file = fopen(words[1], "r");
  (void)count; fgets(text, 99, file); parse(text); return 0; }
"""
SOURCE = {
    "parse.c": PARSER,
    "parse.h": "void parse(const char *text);\n",
    # its own flags, as many a Makefile has: the sanitizers must come in all the same
    "Makefile": "CC = gcc\nCFLAGS = -O2\nlibparse.a: parse.o\n\tar rcs $@ $^\n",
}
COMMANDS = '[["make"], ["cc", "-I.", "-o", "tool", "../harness.c", "libparse.a"]]'

Make = Callable[..., Folder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A report on the C parser; `build`: the lines of [build], `files`: what its folder holds besides."""
    made = iter(range(100))

    def one(build: str, files: dict[str, bytes], run: str = "build/tool", **more: object) -> Folder:
        folder = tmp_path / f"report-{next(made)}"
        everything = {
            "inputs/trigger.txt": b"a" * 50,
            "inputs/benign.txt": b"a",
            "harness.c": HARNESS.encode(),
            **files,
        }
        for name, content in everything.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        fields = {
            "package": "parser", "version": "1.0.0", "run": f'["{run}", "{{input}}"]', "expect": "crash",
            "seconds": SECONDS, "memory": 256, "more": f"[build]\n{build}\n",
        } | more  # fmt: skip
        (folder / "report.toml").write_text(REPORT.format(**fields))
        return reports.read(folder)

    return one


def tar_of(files: dict[str, str], mode: str, top: str = "parser-1.0/") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as opened:  # type: ignore[call-overload]
        for name, text in files.items():
            info = tarfile.TarInfo(top + name)
            info.size = len(text)
            opened.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo(top + "include.h")  # real tarballs hold links
        link.type, link.linkname = tarfile.SYMTYPE, "parse.h"
        opened.addfile(link)
    return out.getvalue()


def zip_of(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, text in files.items():
            opened.writestr(f"parser-1.0/{name}", text)
    return out.getvalue()


def bundle_of(tmp_path: Path) -> tuple[bytes, str]:
    home = tmp_path / "git"
    home.mkdir()
    for name, text in SOURCE.items():
        (home / name).write_text(text)
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "HOME": "/nonexistent"}

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=home, env={**os.environ, **who}, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    git("init", "--quiet", "-b", "main")
    git("add", ".")
    git("commit", "--quiet", "-m", "1")
    git("bundle", "create", "--quiet", "../repo.bundle", "main")
    return (tmp_path / "repo.bundle").read_bytes(), git("rev-parse", "HEAD")


def proved(folder: Folder, store: Store, sandbox: Sandbox, contrast: str = "none") -> Verdict:
    return work.prove(folder, store=store, sandbox=sandbox, runs=1, contrast=contrast)  # type: ignore[arg-type]


def check(verdict: Verdict, rung: Rung = Rung.CONTROLLED) -> None:
    assert (verdict.rung, verdict.attribution) == (rung, Attribution.TARGET), verdict.sentence
    assert "parse" in verdict.crash_state


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "plain", "zip"])
def test_an_archive_in_the_report_is_built_where_it_says(
    make: Make, store: Store, sandbox: Sandbox, kind: str
) -> None:
    archive = zip_of(SOURCE) if kind == "zip" else tar_of(SOURCE, "w:" + kind.replace("plain", ""))
    folder = make(f'source = "source.archive"\ncommands = {COMMANDS}', {"source.archive": archive})
    check(proved(folder, store, sandbox))


def test_a_folder_of_the_report_is_built_where_it_lies_and_its_patch_mends_it(
    make: Make, store: Store, sandbox: Sandbox
) -> None:
    files = {f"src/{name}": text.encode() for name, text in SOURCE.items()} | {"fix.patch": MENDED.encode()}
    folder = make(f'source = "src"\ncommands = {COMMANDS}', files, run="src/tool")
    check(proved(folder, store, sandbox, contrast="auto"), Rung.CONTRASTED)


def test_a_bundle_is_built_at_its_commit_and_its_patch_mends_it(
    make: Make, store: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    bundle, commit = bundle_of(tmp_path)
    files = {"repo.bundle": bundle, "fix.patch": MENDED.encode()}
    build = f'source = "repo.bundle"\ncommit = "{commit}"\ncommands = {COMMANDS}'
    check(proved(make(build, files), store, sandbox, contrast="auto"), Rung.CONTRASTED)
    wrong = build.replace(commit, "0" * 40)
    verdict = proved(make(wrong, files), store, sandbox)
    assert verdict.rung is Rung.UNRUNNABLE
    assert "commit" in verdict.sentence


def test_a_releases_own_source_is_built_and_needs_no_flag(
    make: Make, sandbox: Sandbox, tmp_path: Path
) -> None:
    home = tmp_path / "targets" / "parser" / "1.0.0"
    home.mkdir(parents=True)
    for name, text in SOURCE.items():
        (home / name).write_text(text)
    store = Store(tmp_path / "store", local=(tmp_path / "targets",))
    verdict = proved(make(f'source = "pkg:generic/parser@1.0.0"\ncommands = {COMMANDS}', {}), store, sandbox)
    check(verdict)
    assert "source-from-report" not in {each.code for each in verdict.flags}


def test_an_archive_that_is_file_by_file_the_release_needs_no_flag(
    make: Make, sandbox: Sandbox, tmp_path: Path
) -> None:
    home = tmp_path / "targets" / "parser" / "1.0.0"
    home.mkdir(parents=True)
    for name, text in SOURCE.items():
        (home / name).write_text(text)
    store = Store(tmp_path / "store", local=(tmp_path / "targets",))
    build = f'source = "source.zip"\ncommands = {COMMANDS}'
    same = proved(make(build, {"source.zip": zip_of(SOURCE)}), store, sandbox)
    other = proved(make(build, {"source.zip": zip_of(SOURCE | {"more.c": ""})}), store, sandbox)
    assert "source-from-report" not in {each.code for each in same.flags}
    assert "source-from-report" in {each.code for each in other.flags}


def test_cxx_is_built_with_the_sanitizers_too(make: Make, store: Store, sandbox: Sandbox) -> None:
    code = '#include <fstream>\n#include <string>\n#include <vector>\nextern "C" int first(const std::string &text)'
    code += "{ std::vector<int> found(4); int *at = found.data(); return at[text.size()]; }\n"
    main = "int main(int, char **words) { std::ifstream in(words[1]); std::string text; in >> text;"
    main += " return first(text) == 7; }\n"
    harness = '#include <fstream>\n#include <string>\nextern "C" int first(const std::string &);\n' + main
    files = {"src/first.cc": code.encode(), "harness.cc": harness.encode()}
    commands = '[["g++", "-c", "first.cc"], ["c++", "-o", "tool", "../harness.cc", "first.o"]]'
    verdict = proved(make(f'source = "src"\ncommands = {commands}', files, run="src/tool"), store, sandbox)
    assert (verdict.rung, verdict.crash_state[:1]) == (Rung.CONTROLLED, ("first",)), verdict.sentence


def test_what_was_built_once_is_not_built_again(
    make: Make, store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(f'source = "source.zip"\ncommands = {COMMANDS}', {"source.zip": zip_of(SOURCE)})
    built = []
    real = building._run_all
    monkeypatch.setattr(building, "_run_all", lambda *words: (built.append(1), real(*words))[1])
    check(proved(folder, store, sandbox))
    check(proved(folder, store, sandbox))
    assert len(built) == 1


def test_a_build_that_fails_is_unrunnable_with_its_step_and_its_log(
    make: Make, store: Store, sandbox: Sandbox
) -> None:
    files = {"source.zip": zip_of(SOURCE | {"parse.c": "int parse(void) { return nothing; }"})}
    verdict = proved(make(f'source = "source.zip"\ncommands = {COMMANDS}', files), store, sandbox)
    assert verdict.rung is Rung.UNRUNNABLE
    assert "building (make) failed" in verdict.sentence
    assert "nothing" in verdict.sentence
    assert "\n" not in verdict.sentence


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        ('[["sh", "-c", "while :; do :; done"]]', "limit on cpu-time"),
        ('[["./absent"]]', "building (./absent)"),
        ('[["sh", "-c", "yes x | head -c 2000000000 > big"]]', "building"),
    ],
)
def test_a_build_that_never_ends_or_fills_the_disk_is_stopped(
    make: Make, store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, commands: str, says: str
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(building, "BUILD", replace(building.BUILD, cpu_seconds=2, work_bytes=50 << 20))
    verdict = proved(
        make(f'source = "s.zip"\ncommands = {commands}', {"s.zip": zip_of(SOURCE)}), store, sandbox
    )
    assert verdict.rung is Rung.UNRUNNABLE
    assert says in verdict.sentence


def test_a_build_can_change_no_input_and_leave_no_way_out(make: Make, store: Store, sandbox: Sandbox) -> None:
    script = """import os
os.remove('../inputs/trigger.txt'); os.symlink('/etc/passwd', '../inputs/trigger.txt')
os.remove('../harness.c'); os.mkfifo('../pipe')
os.symlink('/etc/passwd', 'out'); os.symlink('a/..', 'b'); os.symlink('.', 'a'); os.symlink('b/../../..', 'c')
"""
    files = {"source.zip": zip_of(SOURCE | {"evil.py": script})}
    commands = COMMANDS.replace("]]", '], ["python", "evil.py"]]')
    folder = make(f'source = "source.zip"\ncommands = {commands}', files)
    check(proved(folder, store, sandbox))
    trust = work.Setting(store=store, sandbox=sandbox).trust(folder)
    from headstart.proofs.work import sources

    built = building.build(
        folder, sources.of_report(folder, store), store=store, sandbox=sandbox, trust=trust
    )
    assert (built / "inputs" / "trigger.txt").read_bytes() == b"a" * 50
    assert (built / "harness.c").read_text() == HARNESS
    assert not (built / "pipe").exists()
    root = built.resolve()
    assert all(Path(os.path.realpath(each)).is_relative_to(root) for each in built.rglob("*"))
    assert not (built / "build" / "out").is_symlink()


def hostile(name: str, kind: bytes, target: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as opened:
        for each, its, to in (("p/a", tarfile.REGTYPE, ""), (name, kind, target)):
            info = tarfile.TarInfo(each)
            info.type, info.linkname = its, to
            opened.addfile(info)
    return out.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        hostile("../out", tarfile.REGTYPE), hostile("/out", tarfile.REGTYPE),
        hostile("p/link", tarfile.SYMTYPE, "/etc/passwd"), hostile("p/link", tarfile.SYMTYPE, "../../x"),
        hostile("p/link", tarfile.LNKTYPE, "/etc/passwd"), hostile("p/link", tarfile.LNKTYPE, "p/absent"),
        hostile("p/null", tarfile.CHRTYPE), hostile("p/pipe", tarfile.FIFOTYPE), b"no archive", b"",
        tar_of(SOURCE, "w:gz")[:-100], zip_of(SOURCE)[:-30],
    ],
    ids=range(12),
)  # fmt: skip
def test_an_archive_that_is_hostile_or_torn_is_unrunnable_in_one_line(
    make: Make, store: Store, sandbox: Sandbox, archive: bytes
) -> None:
    verdict = proved(make(f'source = "s.tgz"\ncommands = {COMMANDS}', {"s.tgz": archive}), store, sandbox)
    assert verdict.rung is Rung.UNRUNNABLE
    assert "\n" not in verdict.sentence


class SourceAlone(Store):
    """A store whose releases have source and nothing that can be installed."""

    def obtain(self, purl: Purl) -> Installed:
        raise Uninstallable(str(purl), "find a wheel", "it has no wheel for this Python")

    def source(self, purl: Purl) -> Path:
        return super().obtain(purl).path


def test_what_is_built_from_source_need_not_be_installable_for_a_contrast_or_a_sweep(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    examples = Path(__file__).parents[2] / "examples"
    store = SourceAlone(tmp_path / "store", local=(examples / "targets",))
    folder = reports.read(examples / "reports-offline" / "minirec-length-truncated")
    verdict = proved(folder, store, sandbox, contrast="auto")
    assert (verdict.rung, verdict.contrast) == (Rung.CONTRASTED, "1.2.1"), verdict.sentence
    swept = work.sweep(folder, setting=work.Setting(store=store, sandbox=sandbox))
    assert set(swept.results.values()) == {Affected.YES, Affected.NO}
