"""A report in a zip, unpacked within bounds; the reports room then checks what is in it."""

import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from headstart.api.errors import UploadInvalid

LARGEST_BYTES = 16 * 1024 * 1024
MOST_FILES = 200


def unpack(upload: IO[bytes], into: Path) -> Path:
    """Unpack a zip into the empty folder `into`; the folder that holds report.toml.

    Sizes are counted as they are written, whatever the archive claims.

    Raises:
        UploadInvalid: not a zip, too many files, too large, a link, or a path outside the folder.
    """
    try:
        with zipfile.ZipFile(upload) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > MOST_FILES:
                raise UploadInvalid(f"more than {MOST_FILES} files")
            left = LARGEST_BYTES
            for each in members:
                left -= _write(archive, each, into, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UploadInvalid(str(error) or "it can't be read") from error
    found = [each.parent for each in into.rglob("report.toml")]
    if len(found) != 1:
        raise UploadInvalid(f"it holds {len(found)} files called report.toml")
    return found[0]


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Path, left: int) -> int:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or "\0" in member.filename:
        raise UploadInvalid(f"{member.filename!r} leaves the folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UploadInvalid(f"{member.filename!r} is a link")
    target = into.joinpath(*path.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, target.open("xb") as file:
        while chunk := source.read(65536):
            written += len(chunk)
            if written > left:
                raise UploadInvalid(f"larger than {LARGEST_BYTES // 2**20} MiB once unpacked")
            file.write(chunk)
    return written
