"""Resolving and installing wheels by uv, as the registry stood on a day; nothing of theirs is run."""

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from headstart.packages.errors import RegistryUnreachable, Uninstallable
from headstart.packages.providers import commands

_BLAMED = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*?)((?:[<>=!~]=?[^\s,]+,?)*) ha(?:s|ve) no (?:usable )?wheels"
)
_SETUPTOOLS_RUNS = datetime(
    2021, 9, 5, tzinfo=UTC
)  # 57.5: older ones don't import here, newer ones lost parts


def index_url() -> str:
    """The index in use: UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL, else pypi-simple's own default."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if value := os.environ.get(name):
            return value
    return PYPI_SIMPLE_ENDPOINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Installs wheels for one Python; `links`: a folder of wheels that were built here."""

    python: str
    links: Path | None = None
    about: str = "a package"
    is_to_run: bool = False
    """Whether what is installed is run, not built with: then setuptools is one whose `pkg_resources` still runs."""

    def install(self, requirements: Iterable[str], into: Path, until: datetime | None) -> "Resolved":
        """Put what is required, and what that requires, into a folder as it stood at `until`.

        Raises:
            Uninstallable: there is no uv here.
            RegistryUnreachable: the registry did not answer.
        """
        client = commands.uv()
        if client is None:
            raise Uninstallable(self.about, "resolve what it needs", "uv is absent; pip install uv")
        argv = [client, "pip", "install", "--quiet", "--no-config", "--no-build", "--link-mode", "copy"]
        argv += ["--python", sys.executable, "--python-version", self.python, "--index-url", index_url()]
        argv += ["--target", str(into)]
        argv += ["--find-links", str(self.links)] if self.links is not None else []
        argv += ["--exclude-newer", until.isoformat()] if until else []
        if self.is_to_run and (until is None or until < _SETUPTOOLS_RUNS):
            argv += ["--exclude-newer-package", f"setuptools={_SETUPTOOLS_RUNS.isoformat()}"]
        done = commands.run([*argv, "--", *requirements], cwd=into.parent, env={"VIRTUAL_ENV": ""})
        if done.no_network:
            raise RegistryUnreachable("PyPI", done.last_line)
        if not done.status:
            return Resolved()
        found = _BLAMED.search(" ".join(done.errors.split()))
        return Resolved(why=done.last_line, blamed=(found[1], found[2]) if found else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """How it went; `why` is empty where all is installed."""

    why: str = ""
    blamed: tuple[str, str] | None = field(default=None)
    """The package that has no wheel, and the versions that were looked at (`==1.0`), where uv names one."""
