"""Wheels out of source distributions (PEP 517): what they need is fetched as wheels, their code runs in a sandbox.

Old source wants old tools, and old tools don't always run here: so what builds is tried as of the release's own day,
then with the last setuptools that still had what was taken away later, then as of today. Which it was is kept.
"""

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headstart.packages.errors import SourceNotBuilt, Uninstallable
from headstart.packages.ports import Backend, Builder
from headstart.packages.providers.resolving import Resolver

LARGEST_PYPROJECT = 1 << 20
MOST_REQUIREMENTS = 64
LEGACY = Backend(module="setuptools.build_meta:__legacy__")
_LEGACY_NEEDS = ("setuptools", "wheel")
_LEGACY_SINCE = datetime(2019, 3, 1, tzinfo=UTC)  # the first setuptools that has it; older ones need no trial
_OLD_TOOLS = (
    ("setuptools<58", "wheel<0.38"),  # the last with `use_2to3`
    ("setuptools<46", "wheel<0.38"),  # the last with `Feature`
)
_COMPILER = re.compile(r"error: command ", re.IGNORECASE)
_OBJECT = re.compile(r"[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a source distribution says that it is built."""

    backend: Backend
    needs: tuple[str, ...]


def recipe_of(source: Path, about: str) -> Recipe:
    """What `pyproject.toml` says (PEP 518); setuptools where it says nothing or is absent.

    Raises:
        Uninstallable: it is broken, or says what can't be done here.
    """
    file = source / "pyproject.toml"
    table = _table(file, about) if file.is_file() and not file.is_symlink() else None
    if table is None:
        return Recipe(backend=LEGACY, needs=_LEGACY_NEEDS)
    needs = checked(table.get("requires"), about)
    module, folders = table.get("build-backend"), table.get("backend-path") or []
    if module is None:
        return Recipe(backend=LEGACY, needs=needs or _LEGACY_NEEDS)
    inside = isinstance(folders, list) and all(_stays_inside(each) for each in folders)
    if not isinstance(module, str) or not _OBJECT.fullmatch(module) or not inside:
        raise Uninstallable(about, "read pyproject.toml", "its build backend is not one that can be named")
    return Recipe(backend=Backend(module=module, folders=tuple(folders)), needs=needs)


def _table(file: Path, about: str) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > LARGEST_PYPROJECT:
            raise Uninstallable(about, "read pyproject.toml", "it is larger than 1 MiB")
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("build-system")
    except (ValueError, RecursionError, OSError) as error:
        raise Uninstallable(about, "read pyproject.toml", str(error).replace("\n", " ")[:200]) from error
    return table if isinstance(table, dict) else None


def _stays_inside(folder: object) -> bool:
    return isinstance(folder, str) and not folder.startswith("/") and ".." not in folder.split("/")


def checked(found: object, about: str) -> tuple[str, ...]:
    """Requirements that a stranger names: by name and version alone, never an address or an option.

    Raises:
        Uninstallable: one is anything else, or they are too many.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    if not isinstance(found, list | tuple) or len(found) > MOST_REQUIREMENTS:
        raise Uninstallable(about, "read what its build needs", "it is no list of requirements")
    read = []
    for each in found:
        try:
            requirement = Requirement(str(each))
        except InvalidRequirement as error:
            said = f"{str(each)[:80]!r} is no requirement"
            raise Uninstallable(about, "read what its build needs", said) from error
        if requirement.url is not None:
            raise Uninstallable(about, "read what its build needs", f"{requirement.name} from an address")
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requirement.marker = None
            read.append(str(requirement))
    return tuple(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A wheel that was made here."""

    wheel: Path
    built_with: tuple[str, ...]


def build(
    source: Path, scratch: Path, *, builder: Builder, resolver: Resolver, released: datetime | None
) -> Built:
    """The wheel of an unpacked source distribution, by the first set of tools with which it builds.

    Raises:
        Uninstallable: none does; with the last lines of the log of the last.
        RegistryUnreachable: the registry did not answer.
    """
    recipe = recipe_of(source, resolver.about)
    failed: Uninstallable | None = None
    attempts = list(_attempts(recipe, released))
    for number, attempt in enumerate(attempts):
        if attempt.backend.compiles and failed is not None and _COMPILER.search(failed.last_line):
            continue  # other tools would compile the same code
        try:
            return _try(attempt, source, scratch / f"attempt-{number}", builder, resolver)
        except SourceNotBuilt as error:
            failed = Uninstallable(resolver.about, error.step, error.log)
            failed.__cause__ = error
        except Uninstallable as error:
            failed = failed or error
    raise failed or Uninstallable(resolver.about, "build its source", "there is no way to build it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    backend: Backend
    needs: tuple[str, ...]
    until: datetime | None = None


def _try(attempt: _Attempt, source: Path, place: Path, builder: Builder, resolver: Resolver) -> Built:
    site, into, backend = place / "site", place / "wheel", attempt.backend
    into.mkdir(parents=True)
    _equip(attempt.needs, site, resolver, attempt.until)
    more = checked(builder.requirements(source, site, backend), resolver.about)
    if more:
        _equip((*attempt.needs, *more), site, resolver, attempt.until)
    without = () if backend.compiles else ("no C compiler",)
    return Built(wheel=builder.wheel(source, site, backend, into), built_with=(*_tools(site), *without))


def _attempts(recipe: Recipe, released: datetime | None) -> Iterator[_Attempt]:
    backend, needs = recipe.backend, recipe.needs
    is_setuptools = backend.module.startswith("setuptools.")
    if released is not None and (not is_setuptools or released > _LEGACY_SINCE):
        yield _Attempt(backend=backend, needs=needs, until=released + timedelta(days=1))
    if is_setuptools:
        for tools in _OLD_TOOLS:
            yield _Attempt(backend=backend, needs=(*needs, *tools))
    yield _Attempt(backend=backend, needs=needs)
    if is_setuptools:
        yield _Attempt(backend=replace(backend, compiles=False), needs=(*needs, *_OLD_TOOLS[0]))


def _equip(needs: tuple[str, ...], site: Path, resolver: Resolver, until: datetime | None) -> None:
    if site.exists():
        shutil.rmtree(site)
    site.mkdir(parents=True)
    if needs:
        done = resolver.install(needs, site, until)
        if done.why:
            raise Uninstallable(resolver.about, "resolve what its build needs", done.why)


def _tools(site: Path) -> tuple[str, ...]:
    found = (each.name.removesuffix(".dist-info").partition("-") for each in site.glob("*.dist-info"))
    return tuple(sorted(f"{name} {version}" for name, _, version in found))
