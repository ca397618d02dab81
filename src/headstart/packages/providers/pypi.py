"""PyPI, or an index that speaks its simple API (PEP 503, 691, 700): wheels, or source that a builder makes into one."""

import hashlib
import platform
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import HeadstartError
from headstart.packages.errors import ArchiveUnsafe, PackageNotFound, RegistryUnreachable, Uninstallable
from headstart.packages.ports import Builder, Contents, Release
from headstart.packages.providers import archives, sdists
from headstart.packages.providers.resolving import Resolver, index_url
from headstart.packages.providers.sources import unpack_source
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.rules.versions import key, order

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

LARGEST_ARCHIVE = 256 << 20
TIMEOUT_SECONDS = 20.0
MOST_BUILT = 8  # of what one release needs
LATER_DAYS = (1, 365, 1095, None)
"""A day after the release first; later ones only where what it needs had no wheel for this Python by then."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LOOSE = re.compile(r"[A-Za-z0-9][\w.\[\], <>=!~*()-]*")
_VERSION = re.compile(r"[0-9A-Za-z.!+_-]+")


class PyPI:
    """Releases as the index lists them; each package's page is read once for each object."""

    def __init__(self, python: str | None = None, builder: Builder | None = None) -> None:
        self._builder = builder
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
        """Unpack its wheel; what it needs is resolved by uv, as of a day after `as_of`."""
        del archives_at
        files = [each for each in self._files(purl) if _same(each.version, purl.version)]
        if not files:
            raise PackageNotFound(str(purl), "its index")
        published = as_of or _published(files)
        with tempfile.TemporaryDirectory(prefix="headstart-wheel-") as scratch:
            archive, built_with = self._wheel(purl, files, Path(scratch))
            archives.unpack_wheel(archive, into)
            own = _top_level(into)
            requires = _needs(archive)
        found = self._resolve(purl, into, published, own, requires) if requires else Contents(own=own)
        return replace(found, built_with=built_with)

    def _wheel(
        self, purl: Purl, files: Sequence["DistributionPackage"], scratch: Path
    ) -> tuple[Path, tuple[str, ...]]:
        """Its wheel, fetched; or built from its source where it has none for this Python."""
        wheel = self._best(files)
        if wheel is None:
            built = self._built(purl, files, scratch)
            return built.wheel, built.built_with
        archive = scratch / "fetched.whl"
        self._download(wheel, archive, purl)
        return archive, ()

    def _built(self, purl: Purl, files: Sequence["DistributionPackage"], scratch: Path) -> sdists.Built:
        sdist = _sdist(files)
        if self._builder is None or sdist is None:
            why = "no source archive" if sdist is None else "only source, which runs its code: give a sandbox"
            raise Uninstallable(str(purl), "find a wheel", f"it has no wheel for this Python, and {why}")
        self._download(sdist, scratch / "fetched", purl)
        (scratch / "source").mkdir()
        unpack_source(scratch / "fetched", scratch / "source")
        resolver = Resolver(python=self._python, about=str(purl))
        return sdists.build(
            scratch / "source", scratch, builder=self._builder, resolver=resolver, released=_published(files)
        )

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

    def _resolve(
        self, purl: Purl, into: Path, as_of: datetime | None, own: tuple[str, ...], requires: tuple[str, ...]
    ) -> Contents:
        """What it requires, as of the earliest of some days after the release on which all of that can be had.

        What has no wheel is built from its source: an older one that runs as it did comes before a newer one.
        """
        first = ""
        for days in LATER_DAYS if as_of else (None,):
            until = as_of + timedelta(days=days) if as_of and days else None
            with tempfile.TemporaryDirectory(prefix="headstart-deps-") as scratch:
                why = self._gather(purl, requires, Path(scratch), until)
                if not why:
                    there = _beside(Path(scratch) / "site", into)
                    return Contents(own=own, dependencies=there, as_of=until)
            first = first or why
        raise Uninstallable(str(purl), "resolve and install what it needs", first)

    def _gather(self, purl: Purl, requires: tuple[str, ...], scratch: Path, until: datetime | None) -> str:
        """Install into `scratch/site`; what has no wheel is built, a few at most. Why it can't be; else empty."""
        links = scratch / "links"
        links.mkdir()
        resolver = Resolver(python=self._python, links=links, about=str(purl), is_to_run=True)
        for _ in range(MOST_BUILT + 1):
            site = scratch / "site"
            shutil.rmtree(site, ignore_errors=True)
            site.mkdir()
            done = resolver.install(requires, site, until)
            if not done.why or done.blamed is None or self._builder is None:
                return done.why
            try:
                self._build_link(*done.blamed, links, until)
            except HeadstartError as error:
                return str(error)
        return f"more than {MOST_BUILT} of what it needs have no wheel"

    def _build_link(self, name: str, versions: str, links: Path, until: datetime | None) -> None:
        """Build the newest release in question of something that has no wheel, for uv to find."""
        purl = parse(f"pkg:pypi/{name}")
        listed = [each for each in self.releases(purl) if _was_there(each, until) and _fits(each, versions)]
        ordered = order("PyPI", [str(each.purl.version) for each in listed if not each.yanked])
        if not ordered:
            raise PackageNotFound(f"{purl}{versions}", "its index")
        chosen = purl.at(ordered[-1])
        files = [each for each in self._files(chosen) if _same(each.version, chosen.version)]
        with tempfile.TemporaryDirectory(prefix="headstart-wheel-") as scratch:
            built = self._built(chosen, files, Path(scratch))
            archives.unpack_wheel(built.wheel, Path(scratch) / "tried")  # hostile or torn: not for uv
            shutil.copyfile(built.wheel, links / built.wheel.name)

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


def _needs(wheel: Path) -> tuple[str, ...]:
    """What a wheel asks for here (Requires-Dist whose marker holds without extras)."""
    from packaging.requirements import InvalidRequirement, Requirement

    with archives.zip_of(wheel, wheel.name) as opened:
        found = [each for each in opened.infolist() if _is_metadata(each.filename)]
        if not found or found[0].file_size > archives.LARGEST_METADATA:
            raise ArchiveUnsafe(wheel.name, "it has no METADATA of a plain size")
        headers = BytesParser().parsebytes(opened.read(found[0]), headersonly=True)
    needs = []
    for line in headers.get_all("Requires-Dist") or ():
        try:
            requirement = Requirement(str(line))
        except InvalidRequirement:  # of before PEP 508 was strict: uv reads more of those
            needs += [str(line)] if _LOOSE.fullmatch(str(line)) else []
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needs += sdists.checked([str(line)], wheel.name)
    return tuple(needs)


def _was_there(release: Release, until: datetime | None) -> bool:
    return until is None or (release.published is not None and release.published <= until)


def _fits(release: Release, versions: str) -> bool:
    """Whether a release is in what uv spelt: `<=3.7.1`; everything where it spelt nothing."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(versions.rstrip(",")).contains(str(release.purl.version), prereleases=True)
    except InvalidSpecifier:
        return False


def _beside(site: Path, into: Path) -> tuple[str, ...]:
    """Move what was installed beside the release itself, whose own files stay; the names that are new."""
    names = tuple(name for name in _top_level(site) if not (into / name).exists())
    _merge(site, into)
    return names


def _merge(site: Path, into: Path) -> None:
    for each in site.iterdir():
        place = into / each.name
        if not place.exists():
            each.rename(place)
        elif each.is_dir() and place.is_dir():  # a namespace that several share
            _merge(each, place)


def _is_metadata(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder.endswith(".dist-info") and file == "METADATA"


def _top_level(folder: Path) -> tuple[str, ...]:
    """The importable names and metadata folders of a site folder."""
    left_out = {"bin", "__pycache__", ".lock"}
    return tuple(sorted(each.name for each in folder.iterdir() if each.name not in left_out))
