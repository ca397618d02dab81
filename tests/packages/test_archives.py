"""Archives from a registry: unpacked inside one folder within bounds, or refused."""

import errno
import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.providers import archives

Made = Callable[..., Path]


@pytest.fixture
def wheel(tmp_path: Path) -> Made:
    def make(entries: dict[str, bytes], kind: int = 0) -> Path:
        path = tmp_path / "made.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in entries.items():
                info = zipfile.ZipInfo(name)
                info.external_attr = (kind | 0o644) << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, content)
        return path

    return make


@pytest.fixture
def tarball(tmp_path: Path) -> Made:
    def make(*members: tuple[str, bytes, bytes], link: str = "") -> Path:
        path = tmp_path / "made.tgz"
        with tarfile.open(path, "w:gz") as file:
            for name, kind, content in members:
                info = tarfile.TarInfo(name)
                info.type, info.linkname, info.size = kind, link, len(content)
                file.addfile(info, io.BytesIO(content))
        return path

    return make


def outside(tmp_path: Path, into: Path) -> list[Path]:
    return [
        each
        for each in tmp_path.rglob("*")
        if each.is_file() and into not in each.parents and each.suffix == ".txt"
    ]


def test_a_wheel_lands_as_an_installer_places_it(wheel: Made, tmp_path: Path) -> None:
    made = wheel(
        {
            "example/__init__.py": b"x = 1",
            "example-1.data/purelib/more.py": b"",
            "example-1.data/scripts/run": b"#!/bin/sh",
            "example-1.dist-info/METADATA": b"Name: example",
        }
    )
    archives.unpack_wheel(made, tmp_path / "into")
    found = sorted(
        str(each.relative_to(tmp_path / "into")) for each in (tmp_path / "into").rglob("*") if each.is_file()
    )
    assert found == ["example-1.dist-info/METADATA", "example/__init__.py", "more.py"]


@pytest.mark.parametrize(
    "name", ["../out.txt", "/out.txt", "a/../../out.txt", "a\\..\\out.txt", "x.data/purelib/../../out.txt"]
)
def test_a_wheel_that_leaves_its_folder_is_refused(wheel: Made, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_wheel(wheel({name: b"x"}), tmp_path / "into")
    assert outside(tmp_path, tmp_path / "into") == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_wheel_with_a_link_or_a_device_is_refused(wheel: Made, tmp_path: Path, kind: int) -> None:
    with pytest.raises(ArchiveUnsafe, match="link or a device"):
        archives.unpack_wheel(wheel({"link": b"/etc/passwd"}, kind), tmp_path / "into")


def test_bombs_are_stopped_at_the_bound(
    wheel: Made, tarball: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_BYTES", 4 << 20)
    monkeypatch.setattr(archives, "MOST_FILES", 50)
    with pytest.raises(ArchiveUnsafe, match="more than 4 MiB"):
        archives.unpack_wheel(wheel({"big": b"\0" * (5 << 20)}), tmp_path / "a")
    with pytest.raises(ArchiveUnsafe, match="more than 4 MiB"):
        archives.unpack_npm(tarball(("package/big", tarfile.REGTYPE, b"\0" * (5 << 20))), tmp_path / "b")
    with pytest.raises(ArchiveUnsafe, match="more than 50 files"):
        archives.unpack_wheel(wheel({f"{number}": b"" for number in range(60)}), tmp_path / "c")
    header = gzip.compress(b"\0" * (40 << 20))
    (tmp_path / "made.tgz").write_bytes(header)
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_npm(tarball(("package/\0" + "x" * (6 << 20), tarfile.REGTYPE, b"")), tmp_path / "d")


def test_a_zip_that_lists_more_than_fits_is_refused_before_it_is_read(
    wheel: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wheel({f"{number:0>100}": b"" for number in range(100)})
    archives.unpack_wheel(made, tmp_path / "fits")
    monkeypatch.setattr(archives.zip_of.__wrapped__, "__defaults__", (4096,))
    with pytest.raises(ArchiveUnsafe, match="list of entries"):
        archives.unpack_wheel(made, tmp_path / "into")


def test_a_full_disk_is_not_the_archives_fault(
    wheel: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*words: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    made = wheel({"a": b"x"})
    monkeypatch.setattr(archives.os, "open", full)
    with pytest.raises(OSError, match="No space"):
        archives.unpack_wheel(made, tmp_path / "into")


def test_a_header_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "made.tgz", "w:gz", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("package/a")
        info.pax_headers = {"comment": "x" * (3 << 20)}
        file.addfile(info)
    with pytest.raises(ArchiveUnsafe, match="header"):
        archives.unpack_npm(tmp_path / "made.tgz", tmp_path / "into")


def test_a_size_that_a_header_lies_about_is_not_believed(wheel: Made, tmp_path: Path) -> None:
    made = wheel({"big": b"\0" * 100_000})
    content = made.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    made.write_bytes(content)
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_wheel(made, tmp_path / "into")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("package/../../out.txt", tarfile.REGTYPE),
        ("/package/out.txt", tarfile.REGTYPE),
        ("../out.txt", tarfile.REGTYPE),
        ("out.txt", tarfile.REGTYPE),
        ("package/link", tarfile.SYMTYPE),
        ("package/link", tarfile.LNKTYPE),
        ("package/pipe", tarfile.FIFOTYPE),
        ("package/device", tarfile.CHRTYPE),
    ],
)
def test_an_npm_tarball_that_escapes_or_links_is_refused(
    tarball: Made, tmp_path: Path, name: str, kind: bytes
) -> None:
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_npm(tarball((name, kind, b""), link="/etc/passwd"), tmp_path / "deep" / "into")
    assert outside(tmp_path, tmp_path / "deep" / "into") == []


def test_a_link_can_not_be_laid_first_and_written_through(tarball: Made, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / "a").symlink_to(tmp_path / "out.txt")
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_npm(tarball(("package/a", tarfile.REGTYPE, b"x")), into)
    assert not (tmp_path / "out.txt").exists()


def test_a_name_that_is_told_twice_is_refused(tarball: Made, tmp_path: Path) -> None:
    twice = ("package/a", tarfile.REGTYPE, b"x")
    with pytest.raises(ArchiveUnsafe, match="twice"):
        archives.unpack_npm(tarball(twice, twice), tmp_path / "into")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"\x1f\x8b", b"\x1f\x8b\x08\x00" + b"\xff" * 50, b"x" * 1000]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "made").write_bytes(content)
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_wheel(tmp_path / "made", tmp_path / "into")
    with pytest.raises(ArchiveUnsafe):
        archives.unpack_npm(tmp_path / "made", tmp_path / "into")
