"""PyPI, or an index that speaks its simple API (PEP 503, 691, 700): wheels alone, so nothing is run."""

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.packages.errors import ArchiveUnsafe, PackageNotFound, RegistryUnreachable, Uninstallable
from headstart.packages.ports import Contents, Release
from headstart.packages.providers import archives, commands
from headstart.packages.providers.sources import unpack_source
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.versions import key

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

LARGEST_ARCHIVE = 256 << 20
TIMEOUT_SECONDS = 20.0
LATER_DAYS = (1, 365, 1095, None)
"""A day after the release first; later ones only where what it needs had no wheel for this Python by then."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z.!+_-]+")


def index_url() -> str:
    """The index in use: UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL, else pypi-simple's own default."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if value := os.environ.get(name):
            return value
    return PYPI_SIMPLE_ENDPOINT


class PyPI:
    """Releases as the index lists them; each package's page is read once for each object."""

    def __init__(self, python: str | None = None) -> None:
        self._python = python or platform.python_version()
        self._pages: dict[str, tuple[DistributionPackage, ...]] = {}
        self._lock = threading.Lock()
        self._clients = threading.local()

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        """Each version with the time of its first upload; yanked where all of its files are."""
        with self._lock:
            self._pages.pop(purl.name, None)
        found: dict[str, list[DistributionPackage]] = {}
        for each in self._files(purl):
            if each.version is not None and each.package_type in {"wheel", "sdist"}:
                found.setdefault(each.version, []).append(each)
        return tuple(_release(purl.at(version), files) for version, files in found.items())

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        """Nothing to do beforehand: wheels are fetched in parallel as they are installed."""

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        """Unpack a wheel that needs nothing else; resolve one that does by uv, as of a day after `as_of`."""
        del archives_at
        files = [each for each in self._files(purl) if _same(each.version, purl.version)]
        if not files:
            raise PackageNotFound(str(purl), "its index")
        wheel = self._best(files)
        if wheel is None:
            raise Uninstallable(
                str(purl), "find a wheel", "it has no wheel for this Python, and code is not run"
            )
        with tempfile.TemporaryDirectory(prefix="headstart-wheel-") as scratch:
            archive = Path(scratch) / "fetched.whl"
            self._download(wheel, archive, purl)
            requires = _needs(archive)
            if not requires:
                archives.unpack_wheel(archive, into)
                return Contents(own=_top_level(into))
            own = _top_of_wheel(archive)
        return self._resolve(purl, into, as_of or _published(files), own)

    def source(self, purl: Purl, into: Path) -> None:
        """Its source distribution, unpacked."""
        files = [each for each in self._files(purl) if _same(each.version, purl.version)]
        if not files:
            raise PackageNotFound(str(purl), "its index")
        sdist = _sdist(files)
        if sdist is None:
            raise Uninstallable(str(purl), "find its source", "it has no source archive")
        with tempfile.TemporaryDirectory(prefix="headstart-sdist-") as scratch:
            archive = Path(scratch) / "fetched"
            self._download(sdist, archive, purl)
            unpack_source(archive, into)

    def _best(self, files: Iterable["DistributionPackage"]) -> "DistributionPackage | None":
        """The wheel that an installer for this Python would take first; None where none fits."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        ranks = _ranks(self._python)
        best: tuple[int, DistributionPackage] | None = None
        for each in files:
            try:
                tags = parse_wheel_filename(each.filename)[3]
                if each.requires_python and self._python not in SpecifierSet(each.requires_python):
                    continue
            except (InvalidWheelFilename, InvalidSpecifier):
                continue
            rank = min((ranks[tag] for tag in map(str, tags) if tag in ranks), default=None)
            if rank is not None and (best is None or rank < best[0]):
                best = (rank, each)
        return best[1] if best else None

    def _resolve(self, purl: Purl, into: Path, as_of: datetime | None, own: tuple[str, ...]) -> Contents:
        """By uv, as of the earliest of some days after the release on which all it needs has wheels for here."""
        client = commands.uv()
        if client is None:
            raise Uninstallable(str(purl), "resolve its dependencies", "uv is absent; pip install uv")
        argv = [client, "pip", "install", "--quiet", "--no-config", "--no-build", "--link-mode", "copy"]
        argv += ["--python", sys.executable, "--python-version", self._python, "--index-url", index_url()]
        argv += ["--target", str(into), f"{purl.name}=={purl.version}"]
        first = ""
        for days in LATER_DAYS if as_of else (None,):
            until = as_of + timedelta(days=days) if as_of and days else None
            limits = ["--exclude-newer", until.isoformat()] if until else []
            done = commands.run([*argv, *limits], cwd=into.parent, env={"VIRTUAL_ENV": ""})
            if done.no_network:
                raise RegistryUnreachable("PyPI", done.last_line)
            if not done.status:
                there = [each for each in _top_level(into) if each not in own]
                return Contents(own=own, dependencies=tuple(there), as_of=until)
            first = first or done.last_line
            _empty(into)
        raise Uninstallable(str(purl), "resolve and install its wheels", first)

    def _files(self, purl: Purl) -> "tuple[DistributionPackage, ...]":
        if not _NAME.fullmatch(purl.name) or purl.namespace:
            raise PackageNotFound(str(purl), "its index")
        with self._lock:
            if purl.name not in self._pages:
                self._pages[purl.name] = self._read(purl)
            return self._pages[purl.name]

    def _client(self) -> "PyPISimple":
        if not hasattr(self._clients, "simple"):
            from pypi_simple import PyPISimple

            self._clients.simple = PyPISimple(index_url())
        simple: PyPISimple = self._clients.simple
        return simple

    def _read(self, purl: Purl) -> "tuple[DistributionPackage, ...]":
        """The project's page: PEP 691's JSON, or HTML, which may tell upload times all the same."""
        from pypi_simple import ACCEPT_JSON_PREFERRED, ProjectPage

        client = self._client()
        try:
            answer = client.s.get(
                client.get_project_url(purl.name),
                headers={"Accept": ACCEPT_JSON_PREFERRED},
                timeout=TIMEOUT_SECONDS,
            )
            if answer.status_code == 404:
                raise PackageNotFound(str(purl), "its index")
            answer.raise_for_status()
            if "json" in answer.headers.get("content-type", ""):
                return tuple(ProjectPage.from_json_data(answer.json(), str(answer.url)).packages)
            return _from_html(answer.text, str(answer.url), purl.name)
        except (OSError, RuntimeError, ValueError) as error:
            raise RegistryUnreachable("PyPI", type(error).__name__) from error

    def _download(self, of: "DistributionPackage", to: Path, purl: Purl) -> None:
        """Fetch an archive and hold it against the index's digest."""
        digest = hashlib.sha256()
        try:
            asked = self._client().s.get(of.url, stream=True, timeout=TIMEOUT_SECONDS)
            with asked as answer, to.open("wb") as file:
                answer.raise_for_status()
                size = 0
                for chunk in answer.iter_content(1 << 18):
                    size += len(chunk)
                    if size > LARGEST_ARCHIVE:
                        raise ArchiveUnsafe(of.filename, f"it is larger than {LARGEST_ARCHIVE >> 20} MiB")
                    digest.update(chunk)
                    file.write(chunk)
        except (OSError, RuntimeError) as error:
            raise RegistryUnreachable("PyPI", type(error).__name__) from error
        if (expected := of.digests.get("sha256")) and expected != digest.hexdigest():
            raise Uninstallable(str(purl), "check its digest", f"{of.filename} is not what the index names")


def _from_html(text: str, url: str, name: str) -> "tuple[DistributionPackage, ...]":
    from pypi_simple import DistributionPackage, RepositoryPage

    found = []
    for link in RepositoryPage.from_html(text, url).links:
        uploaded = link.attrs.get("data-upload-time")
        package = DistributionPackage.from_link(link, name)
        found.append(replace(package, upload_time=_moment(uploaded)))
    return tuple(found)


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _release(purl: Purl, files: Sequence["DistributionPackage"]) -> Release:
    wheels = [each for each in files if each.package_type == "wheel"] or list(files)
    digests = [each.digests["sha256"] for each in wheels if "sha256" in each.digests]
    return Release(
        purl=purl,
        published=_published(files),
        yanked=all(each.is_yanked for each in files),
        digest=f"sha256:{digests[0]}" if digests else None,
    )


def _published(files: Iterable["DistributionPackage"]) -> datetime | None:
    return min((each.upload_time for each in files if each.upload_time is not None), default=None)


def _sdist(files: Iterable["DistributionPackage"]) -> "DistributionPackage | None":
    """The source archive of a release that can be unpacked here; a tar before a zip."""
    kinds = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
    fit = [each for each in files if each.package_type == "sdist" and each.filename.endswith(kinds)]
    order = {
        each.filename: at for at, kind in enumerate(kinds) for each in fit if each.filename.endswith(kind)
    }
    return min(fit, key=lambda each: order[each.filename], default=None)


def _same(one: str | None, other: str | None) -> bool:
    """Whether two spellings are one version to PyPI."""
    if one is None or other is None or not _VERSION.fullmatch(other):
        return False
    return one == other or key("PyPI", one) == key("PyPI", other)


@lru_cache(maxsize=4)
def _ranks(python: str) -> dict[str, int]:
    """The tags that an installer for this Python takes (PEP 425), best first."""
    from packaging import tags

    major, minor = (int(each) for each in python.split(".")[:2])
    platforms = list(tags.platform_tags())
    interpreter = f"cp{major}{minor}"
    ordered = [
        *tags.cpython_tags((major, minor), platforms=platforms),
        *tags.compatible_tags((major, minor), interpreter, platforms),
    ]
    return {str(tag): rank for rank, tag in reversed(list(enumerate(ordered)))}


def _needs(wheel: Path) -> bool:
    """Whether a wheel asks for another package here (Requires-Dist whose marker holds without extras)."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        with zipfile.ZipFile(wheel) as opened:
            found = [each for each in opened.infolist() if _is_metadata(each.filename)]
            if not found or found[0].file_size > archives.LARGEST_METADATA:
                return True
            headers = BytesParser().parsebytes(opened.read(found[0]), headersonly=True)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ArchiveUnsafe(wheel.name, f"it is broken ({error})") from error
    for line in headers.get_all("Requires-Dist") or ():
        try:
            marker = Requirement(line).marker
        except InvalidRequirement:
            return True
        if marker is None or marker.evaluate({"extra": ""}):
            return True
    return False


def _is_metadata(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder.endswith(".dist-info") and file == "METADATA"


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _top_level(folder: Path) -> tuple[str, ...]:
    """The importable names and metadata folders of a site folder."""
    left_out = {"bin", "__pycache__", ".lock"}
    return tuple(sorted(each.name for each in folder.iterdir() if each.name not in left_out))


def _top_of_wheel(wheel: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(wheel) as opened:
        placed = (archives.placed(each) for each in opened.namelist())
        return tuple(sorted({each.partition("/")[0] for each in placed if each}))
