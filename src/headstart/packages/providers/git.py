"""Git repositories that others made: bare clones, read commit by commit, with nothing of theirs run or believed.

Kept: no configuration but our own, no hooks, filters, attributes, submodules or prompts; `https` alone, and a file only
where the caller hands in a bundle or a folder; objects are checked as they come in; time, memory and size are bounded.
Not done: signatures of commits and tags are not checked.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from headstart.packages.errors import CommitNotFound, CommitsApart, GitFailed
from headstart.packages.providers.sources import unpack_tar

LARGEST_BYTES = 1 << 30
MEMORY_BYTES = 4 << 30
FETCH_SECONDS = 600.0
READ_SECONDS = 120.0
LARGEST_LISTING = 64 << 20
MOST_COMMITS = 200_000
_HEAD = "refs/headstart/head"
_BUNDLE = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_ID = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._/@+~^-]{0,200}")
_HTTPS = re.compile(r"https://[^\s\x00-\x1f]{1,1900}")
_OLD_SLIPS = (
    # what old clients wrote and nobody is harmed by: without these many an old repository could not be had
    "badDate", "badDateOverflow", "badEmail", "badFilemode", "badName", "badTimezone", "duplicateEntries",
    "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail",
    "missingTaggerEntry", "nullSha1", "zeroPaddedDate", "zeroPaddedFilemode",
)  # fmt: skip
_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.symlinks": "false",
    "core.fsmonitor": "false",
    "core.protectNTFS": "true",
    "core.protectHFS": "true",
    "core.bigFileThreshold": "16m",
    "core.attributesFile": "/dev/null",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "1",
    "pack.windowMemory": "256m",
    "credential.helper": "",
    "http.followRedirects": "initial",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    **{f"{verb}.{each}": "ignore" for each in _OLD_SLIPS for verb in ("fetch.fsck", "fsck")},
}
_PLAIN_ATTRIBUTES = "* -export-ignore -export-subst -text -eol -ident -filter -working-tree-encoding -diff\n"
"""Above what a tree says of itself: every file as it is, none left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of a line."""

    id: str
    """40 hexadecimal digits."""
    at: datetime
    """When it was committed, by its committer's word; in UTC."""
    title: str


class Repository:
    """A bare repository in a folder of ours.

    repository = Repository.made(folder, "https://…")
    for commit in repository.commits(None, "HEAD"):
        repository.tree(commit.id, into)
    """

    def __init__(self, path: Path, about: str = "the repository") -> None:
        self.path, self._about = path, about

    @classmethod
    def made(cls, path: Path, source: str | Path) -> "Repository":
        """A new clone of an https address, a git bundle, or a folder that holds a repository.

        Raises:
            GitFailed: it is none, did not answer, is past a bound, or holds what is not safe to read.
        """
        about = source.name if isinstance(source, Path) else source[:200]
        if shutil.which("git") is None:
            raise GitFailed(about, "find git", "there is no git here; install it")
        path.mkdir(parents=True, exist_ok=True)
        _git(path, ["init", "--quiet", "--bare", "--template="], about)
        (path / "info").mkdir(exist_ok=True)
        (path / "info" / "attributes").write_text(_PLAIN_ATTRIBUTES)
        made = cls(path, about)
        made.fetch(source)
        if isinstance(source, Path) and source.is_file():  # what a bundle brings git does not check by itself
            made._run(["fsck", "--strict", "--no-dangling", "--no-progress"], seconds=FETCH_SECONDS)
        if not made._run(["for-each-ref", "--count=1"]):
            raise GitFailed(about, "find a branch in it", "it holds no branch, no tag and no HEAD")
        return made

    def fetch(self, source: str | Path, commit: str | None = None) -> None:
        """Bring the branches and tags up to date; `commit`: one more that no branch holds, where it is given away.

        Raises:
            GitFailed: as `made`.
        """
        where, protocol = _where(source)
        flags = ["--quiet", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", "--force"]
        flags += ["--no-tags", "--update-shallow"]
        wanted = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        listed = self._run(["ls-remote", "--quiet", "--", where, "HEAD"], protocol, seconds=FETCH_SECONDS)
        if b"\tHEAD" in listed:
            wanted.append(f"+HEAD:{_HEAD}")
        if commit is not None:
            wanted = [f"+{_checked_id(commit)}:refs/headstart/{commit}"]
        self._run(["fetch", *flags, "--", where, *wanted], protocol, seconds=FETCH_SECONDS)

    def has(self, commit: str) -> bool:
        """Whether it is here."""
        with contextlib.suppress(GitFailed):
            self._run(["cat-file", "-e", f"{_checked_id(commit)}^{{commit}}"])
            return True
        return False

    def resolve(self, name: str) -> str:
        """The commit that a branch, a tag, `HEAD` or a commit's own name stands for, as 40 hexadecimal digits.

        Raises:
            CommitNotFound: there is none of that name.
        """
        if not _NAME.fullmatch(name) or ".." in name or "@{" in name:
            raise CommitNotFound(self._about, name)
        spelt = _HEAD if name == "HEAD" else name
        asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{spelt}^{{commit}}"]
        try:
            return self._run(asked).decode().strip()
        except GitFailed as error:
            raise CommitNotFound(self._about, name) from error

    def commits(self, first: str | None, last: str) -> tuple[Commit, ...]:
        """From `first` (None: the beginning) to `last`, both included, by first parents, oldest first.

        Raises:
            CommitNotFound: one is not there.
            CommitsApart: `first` does not come before `last`.
            GitFailed: they are too many.
        """
        until = self.resolve(last)
        since = self.resolve(first) if first else None
        if since is not None and since != until:
            self._check_before(since, until)
        said = [
            "log",
            "--no-show-signature",
            "--no-color",
            "--no-notes",
            "--encoding=UTF-8",
            "--format=%H %ct %s",
        ]
        lines = [] if since is None else self._lines([*said, "--no-walk", since])
        if since != until:
            after = [f"^{since}"] if since is not None else []
            most = f"--max-count={MOST_COMMITS}"
            lines += self._lines([*said, "--first-parent", "--reverse", most, until, *after])
        if len(lines) > MOST_COMMITS:
            raise GitFailed(self._about, "list its commits", f"there are more than {MOST_COMMITS:,}")
        return tuple(_commit(line) for line in lines)

    def tags(self) -> dict[str, str]:
        """The commit of each tag, by the tag's name."""
        form = (
            "--format=%(refname:strip=2) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
        )
        pairs = (line.rsplit(" ", 1) for line in self._lines(["for-each-ref", form, "refs/tags"]))
        return {name: commit for name, commit in pairs if _ID.fullmatch(commit)}

    def tree(self, commit: str, into: Path) -> None:
        """Every file of a commit, as it is, in an empty folder; submodules are left empty.

        Raises:
            CommitNotFound: there is no such commit.
            ArchiveUnsafe: it holds links that leave the folder, or more than a source may.
        """
        argv = ["archive", "--format=tar", _checked_id(commit)]
        if not self.has(commit):
            raise CommitNotFound(self._about, commit)
        with _started(self.path, argv, "", READ_SECONDS) as running:
            unpack_tar(running.output, f"commit {commit[:12]}", into)
            if not running.ended_well():
                raise GitFailed(self._about, "read a commit", running.last_line())

    @property
    def size_bytes(self) -> int:
        """What it takes on the disk."""
        return size_of(self.path)

    def _check_before(self, first: str, last: str) -> None:
        try:
            self._run(["merge-base", "--is-ancestor", first, last])
        except GitFailed as error:
            raise CommitsApart(self._about, first, last) from error

    def _lines(self, words: Sequence[str]) -> list[str]:
        return self._run(words).decode("utf-8", "replace").split("\n")[:-1]

    def _run(self, words: Sequence[str], protocol: str = "", seconds: float = READ_SECONDS) -> bytes:
        return _git(self.path, words, self._about, protocol=protocol, seconds=seconds)


def _commit(line: str) -> Commit:
    name, when, title = [*line.split(" ", 2), ""][:3]
    try:
        at = datetime.fromtimestamp(int(when), UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    return Commit(id=name, at=at, title="".join(each if each.isprintable() else " " for each in title)[:200])


def _checked_id(commit: str) -> str:
    if not _ID.fullmatch(commit):
        raise CommitNotFound("git", commit)
    return commit


def _where(source: str | Path) -> tuple[str, str]:
    """What git is told to read, and the one protocol that it may use for it."""
    if isinstance(source, Path):
        if not source.exists():
            raise GitFailed(source.name, "find it", "there is no such file or folder")
        if source.is_dir():
            return f"file://{source.absolute()}", "file"
        with source.open("rb") as file:  # a file that only names another repository would lead git there
            if file.read(16) not in _BUNDLE:
                raise GitFailed(source.name, "read it", "it is no bundle as `git bundle create` makes it")
        return str(source.absolute()), "file"
    address = source.removeprefix("git+")
    if not _HTTPS.fullmatch(address) or "@" in address.split("/")[2]:
        raise GitFailed(source[:200], "read its address", "only https:// without a user's name is taken")
    return address, "https"


def _git(
    folder: Path, words: Sequence[str], about: str, *, protocol: str = "", seconds: float = READ_SECONDS
) -> bytes:
    with _started(folder, words, protocol, seconds) as running:
        output = running.output.read(LARGEST_LISTING)
        if running.output.read(1) or not running.ended_well():
            raise GitFailed(about, words[0], running.last_line())
    return output


class _Running:
    """A git at work, watched: it ends in time, and when its folder outgrows its bound."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        self.output = process.stdout
        self.over = threading.Event()
        self._process, self._errors, self._stopped = process, errors, ""

    def watch(self, folder: Path, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not self.over.wait(0.25):
            if time.monotonic() > ends:
                self._stop(f"no end within {seconds:.0f} seconds")
            elif size_of(folder) > LARGEST_BYTES:
                self._stop(f"it is larger than {LARGEST_BYTES >> 20} MiB")

    def _stop(self, why: str) -> None:
        self._stopped = self._stopped or why
        self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def ended_well(self) -> bool:
        return self._process.wait() == 0 and not self._stopped

    def last_line(self) -> str:
        """Why it failed: the first line that says so, for the last ones are advice."""
        self._errors.seek(0)
        lines = self._errors.read(1 << 16).decode("utf-8", "replace").splitlines()
        said = [each for each in lines if each.startswith(("fatal:", "error:"))] or lines
        word = said[0].partition(": ")[2] or said[0] if said else "it ended without a word"
        return self._stopped or "".join(each if each.isprintable() else " " for each in word)[:300]


@contextlib.contextmanager
def _started(folder: Path, words: Sequence[str], protocol: str, seconds: float) -> Iterator[_Running]:
    argv = ["prlimit", f"--fsize={LARGEST_BYTES}", f"--as={MEMORY_BYTES}", "--core=0", "--"]
    argv = (argv if shutil.which("prlimit") else []) + ["git"]
    for name, value in _CONFIG.items():
        argv += ["-c", f"{name}={value}"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*argv, *words],
            cwd=folder,
            env=_environment(protocol),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        running = _Running(process, errors)
        watching = threading.Thread(target=running.watch, args=(folder, seconds), daemon=True)
        watching.start()
        try:
            yield running
        finally:
            running.over.set()
            watching.join()
            if process.poll() is None:
                running.kill()
            process.wait()
            running.output.close()


def size_of(folder: Path) -> int:
    """The bytes of a folder's files; one that goes away meanwhile counts nothing."""
    total = 0
    for here, _, files in os.walk(folder):
        for each in files:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(here) / each).st_size
    return total


def _environment(protocol: str) -> dict[str, str]:
    """Nothing of the user's own configuration, but how this machine reaches the network."""
    passed = ("PATH", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
              "GIT_SSL_CAINFO", "CURL_CA_BUNDLE")  # fmt: skip
    return {
        **{name: os.environ[name] for name in passed if name in os.environ},
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": protocol or "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_DIR": ".",
    }
