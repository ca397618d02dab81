"""What the exposure room's tests share: small documents, and the shared data where it is there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = Path(os.environ.get("HEADSTART_SHARED", "../shared")).absolute()
    if not (folder / "data").is_dir():
        pytest.skip(f"HEADSTART_SHARED: there is no data in {folder}")
    return folder / "data"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Write a file: bytes as they are, text as UTF-8, anything else as JSON."""

    def to(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return to
