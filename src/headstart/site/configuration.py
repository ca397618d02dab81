"""Settings read from the environment: where the data is, which database, the secret key."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from headstart.errors import Invalid

REFERENCE = ("reference/fuzzer", "reference/heuristic", "reference/null")


class SettingInvalid(Invalid):
    """An environment variable has a value that can't be used."""

    code = "setting-invalid"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}")


def data_folder(environment: Mapping[str, str]) -> Path:
    """The folder that holds everything: `HEADSTART_DATA`, else `var/data` below the working directory.

    An exercise never shares it with a real instance: it has its own (`var/exercise` by default).
    """
    default = "var/exercise" if environment.get("HEADSTART_EXERCISE") == "1" else "var/data"
    folder = Path(environment.get("HEADSTART_DATA") or default).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def models(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The model strings that runs may be asked for: the reference models, `HEADSTART_MODEL`, `HEADSTART_MODELS`.

    A run spends this instance's keys, so that whoever keeps the machine names what it may ask, and nobody else does.
    """
    named = (environment.get("HEADSTART_MODEL", ""), *environment.get("HEADSTART_MODELS", "").split(","))
    return tuple(dict.fromkeys([*(each.strip() for each in named if each.strip()), *REFERENCE]))


def upstreams(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where a developer's endpoint may be beside the public internet: addresses up to a host, a port or a folder.

    Whoever keeps the machine names them, so that no developer reaches the hub's own network through its gateway.

    Raises:
        SettingInvalid: one is not an HTTP address.
    """
    named = [each.strip() for each in environment.get("HEADSTART_UPSTREAMS", "").split(",") if each.strip()]
    for each in named:
        if not each.startswith(("http://", "https://")) or not urlsplit(each.rstrip(":")).hostname:
            raise SettingInvalid(
                "HEADSTART_UPSTREAMS", f"names {each}; write http://host or https://host:port"
            )
    return tuple(named)


def secret_key(data: Path) -> str:
    """Django's secret: made once, kept beside the data, readable by its owner alone."""
    path = data / "keys" / "django-secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


def database(url: str, data: Path) -> dict[str, Any]:
    """Django's database settings: PostgreSQL where `url` names one, else SQLite in WAL mode in the data folder.

    Raises:
        SettingInvalid: the URL is of another kind, or names no database.
    """
    if not url:
        return _sqlite(data / "headstart.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingInvalid("HEADSTART_DATABASE_URL", f"starts with {parts.scheme}://; use postgresql://…")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise SettingInvalid("HEADSTART_DATABASE_URL", "names no database; end it in /NAME")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 0, "max_size": 16}, **dict(parse_qsl(parts.query))},
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000",
        },
    }
