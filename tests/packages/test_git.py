"""Git repositories of strangers: read commit by commit; nothing of theirs is run, followed or believed."""

import os
import subprocess
from pathlib import Path

import pytest

from headstart.packages.errors import ArchiveUnsafe, CommitNotFound, CommitsApart, GitFailed
from headstart.packages.providers import git
from headstart.packages.providers.git import Repository
from headstart.packages.work import Store

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Made:
    """A repository that a test makes with git itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "-b", "main")

    def git(self, *words: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=ENV, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, title: str, **files: str) -> str:
        for name, text in files.items():
            (self.path / name.replace("__", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", title)
        return self.git("rev-parse", "HEAD")

    def commit_of(self, tree: bytes) -> str:
        """A commit of a tree that git itself would not make: `mode kind id TAB name` lines, written raw."""
        entries = []
        for line in tree.splitlines():
            head, name = line.split(b"\t")
            mode, _, identity = head.split(b" ")
            entries.append(mode + b" " + name + b"\0" + bytes.fromhex(identity.decode()))
        written = self.git(
            "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=b"".join(entries)
        )
        made = self.git("commit-tree", "-m", "odd", written)
        self.git("update-ref", "refs/heads/main", made)
        return made

    def bundle(self) -> Path:
        self.git("bundle", "create", "--quiet", "../made.bundle", "--all", "HEAD")
        return self.path.parent / "made.bundle"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "made")


def files(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): each.read_text()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


def test_a_bundle_gives_its_commits_and_each_ones_files(made: Made, tmp_path: Path) -> None:
    first = made.commit("First", main__c="1")
    second = made.commit("Second", main__c="2")
    repository = Repository.made(tmp_path / "clone", made.bundle())
    assert [(each.id, each.title) for each in repository.commits(None, "HEAD")] == [
        (first, "First"),
        (second, "Second"),
    ]
    repository.tree(first, tmp_path / "a")
    repository.tree(second, tmp_path / "b")
    assert (files(tmp_path / "a"), files(tmp_path / "b")) == ({"main.c": "1"}, {"main.c": "2"})


def test_commits_go_by_first_parents_with_both_ends(made: Made, tmp_path: Path) -> None:
    ids = [made.commit(str(number)) for number in range(3)]
    made.git("checkout", "--quiet", "-b", "side", ids[0])
    side = made.commit("beside")
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-ff", "-m", "merged", "side")
    merge = made.git("rev-parse", "HEAD")
    repository = Repository.made(tmp_path / "clone", made.path)
    assert [each.id for each in repository.commits(ids[1], "main")] == [ids[1], ids[2], merge]
    assert [each.id for each in repository.commits(None, "main")] == [*ids, merge]
    assert [each.id for each in repository.commits(side, "main")] == [side, ids[1], ids[2], merge]
    assert [each.id for each in repository.commits(merge, merge)] == [merge]


def test_names_that_are_not_there_or_go_backwards_are_refused(made: Made, tmp_path: Path) -> None:
    first, second = made.commit("1"), made.commit("2")
    repository = Repository.made(tmp_path / "clone", made.bundle())
    with pytest.raises(CommitsApart, match="does not come before"):
        repository.commits(second, first)
    for name in ("absent", "--all", "main:..", "@{-1}", "a..b", "", "f" * 40, "-h"):
        with pytest.raises(CommitNotFound):
            repository.resolve(name)
    with pytest.raises(CommitNotFound):
        repository.tree("0" * 40, tmp_path / "into")


def test_tags_lead_to_their_commits(made: Made, tmp_path: Path) -> None:
    first = made.commit("1")
    made.git("tag", "v1.0")
    made.git("tag", "-a", "-m", "one", "v1.0-signed")
    second = made.commit("2")
    made.git("tag", "v2.0")
    repository = Repository.made(tmp_path / "clone", made.bundle())
    assert repository.tags() == {"v1.0": first, "v1.0-signed": first, "v2.0": second}
    assert repository.resolve("v1.0-signed") == first


def test_a_tree_is_every_file_as_it_is_whatever_its_attributes_say(made: Made, tmp_path: Path) -> None:
    text = "$Format:%H$ $Id$\n"
    made.commit("1", a__txt=text, hidden__txt="kept\n", __gitattributes="x")
    attributes = "hidden.txt export-ignore\na.txt export-subst ident filter=evil eol=crlf\n"
    commit = made.commit("2", __gitattributes=attributes)
    Repository.made(tmp_path / "clone", made.bundle()).tree(commit, tmp_path / "into")
    found = files(tmp_path / "into")
    assert (found["a.txt"], found["hidden.txt"]) == (text, "kept\n")


def test_nothing_that_a_repository_or_its_owner_configured_is_run(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    commit = made.commit("1", a__txt="x", __gitattributes="* filter=evil diff=evil\n")
    made.git("tag", "-a", "-m", "one", "v1")
    for name in ("core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "tar.tar.command", "gpg.program",
                 "uploadpack.packObjectsHook", "core.sshCommand", "diff.evil.textconv", "core.pager"):  # fmt: skip
        made.git("config", name, str(script))
    for hook in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc", "update"):
        place = made.path / ".git" / "hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(script.read_bytes())
        place.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_bytes((made.path / ".git" / "config").read_bytes())
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(script))
    repository = Repository.made(tmp_path / "clone", made.path)
    repository.commits(None, "HEAD")
    repository.tags()
    repository.tree(commit, tmp_path / "into")
    assert not ran.exists()
    assert files(tmp_path / "into")["a.txt"] == "x"


def test_submodules_are_left_empty(made: Made, tmp_path: Path) -> None:
    inner = Made(tmp_path / "inner")
    commit = inner.commit("1", secret__txt="x")
    made.commit("1", a__txt="x", __gitmodules='[submodule "m"]\n\tpath = m\n\turl = ../inner\n')
    made.git("update-index", "--add", "--cacheinfo", f"160000,{commit},m")
    made.git("commit", "--quiet", "-m", "2")
    repository = Repository.made(tmp_path / "clone", made.bundle())
    repository.tree(repository.resolve("main"), tmp_path / "into")
    assert (tmp_path / "into" / "m").is_dir()
    assert list((tmp_path / "into" / "m").iterdir()) == []


@pytest.mark.parametrize("name", [b"..", b".git", b".", b"a/b", b".GIT"])
def test_a_tree_whose_names_leave_its_folder_never_comes_in(made: Made, tmp_path: Path, name: bytes) -> None:
    made.commit("1", a__txt="x")
    blob = made.git("hash-object", "-w", "--stdin", stdin=b"x").encode()
    tree = made.git(
        "hash-object",
        "-t",
        "tree",
        "-w",
        "--literally",
        "--stdin",
        stdin=b"100644 a\0" + bytes.fromhex(blob.decode()),
    )
    made.commit_of(b"40000 tree " + tree.encode() + b"\t" + name)
    with pytest.raises(GitFailed):
        Repository.made(tmp_path / "clone", made.bundle())


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside"])
def test_a_link_that_leaves_the_folder_is_refused_and_one_that_stays_is_kept(
    made: Made, tmp_path: Path, target: str
) -> None:
    (made.path / "stays").symlink_to("a.txt")
    fine = made.commit("1", a__txt="x")
    (made.path / "leaves").symlink_to(target)
    wrong = made.commit("2")
    repository = Repository.made(tmp_path / "clone", made.bundle())
    repository.tree(fine, tmp_path / "fine")
    assert (tmp_path / "fine" / "stays").readlink() == Path("a.txt")
    with pytest.raises(ArchiveUnsafe, match="leaves"):
        repository.tree(wrong, tmp_path / "wrong")


@pytest.mark.parametrize(
    "address",
    ["git+http://example.org/a.git", "git+ssh://example.org/a.git", "ext::sh -c 'touch /tmp/x'", "file:///etc",
     "git+file:///etc", "--upload-pack=touch", "git+https://user:word@example.org/a", "/work", "git+https://a b"],
)  # fmt: skip
def test_no_address_but_https_is_read(tmp_path: Path, address: str) -> None:
    with pytest.raises(GitFailed, match="https://"):
        Repository.made(tmp_path / "clone", address)


def test_a_file_that_points_to_another_repository_is_no_bundle(made: Made, tmp_path: Path) -> None:
    made.commit("private")
    pointer = tmp_path / "repo.bundle"
    pointer.write_text(f"gitdir: {made.path}/.git\n")
    with pytest.raises(GitFailed, match="no bundle"):
        Repository.made(tmp_path / "clone", pointer)


@pytest.mark.parametrize("cut", [0, 40, -200])
def test_a_bundle_that_is_torn_is_one_line(made: Made, tmp_path: Path, cut: int) -> None:
    made.commit("1", a__txt="x" * 1000)
    whole = made.bundle()
    whole.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(GitFailed) as refused:
        Repository.made(tmp_path / "clone", whole)
    assert "\n" not in str(refused.value)


def test_a_repository_past_the_bound_is_stopped(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made.path / "big").write_bytes(os.urandom(3 << 20))
    made.commit("1")
    monkeypatch.setattr(git, "LARGEST_BYTES", 1 << 20)
    with pytest.raises(GitFailed):
        Repository.made(tmp_path / "clone", made.bundle())


def test_git_is_stopped_in_time(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.commit("1")
    bundle = made.bundle()
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "READ_SECONDS", 0.5)
    monkeypatch.setattr(git._git, "__kwdefaults__", {"protocol": "", "seconds": 0.5})
    with pytest.raises(GitFailed, match="no end within"):
        Repository.made(tmp_path / "clone", bundle)


def test_the_store_keeps_one_clone_and_brings_it_up_to_date(made: Made, tmp_path: Path) -> None:
    first = made.commit("1", a__txt="1")
    store = Store(tmp_path / "store")
    repository = store.repository(made.path, first)
    second = made.commit("2", a__txt="2")
    assert not repository.has(second)
    again = store.repository(made.path, second)
    assert again.path == repository.path
    assert [each.id for each in again.commits(first, second)] == [first, second]
    assert store.repository(made.path).resolve("HEAD") == second


def test_a_commit_that_no_branch_holds_any_more_can_still_be_had(made: Made, tmp_path: Path) -> None:
    made.commit("1")
    lost = made.commit("2", a__txt="lost")
    made.git("reset", "--quiet", "--hard", "HEAD~1")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository = Store(tmp_path / "store").repository(made.path, lost)
    repository.tree(lost, tmp_path / "into")
    assert files(tmp_path / "into") == {"a.txt": "lost"}
