"""Hostile folders: nothing outside is read, nothing large is read, nothing is half kept."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from headstart.errors import Refusal
from headstart.reports import errors, work

from .conftest import Spoil


def refusal(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work.read(folder)
    assert "\n" not in str(refused.value)
    return refused.value


def test_links_of_either_kind_are_refused(report: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    link = report / "inputs" / "link.txt"
    link.symlink_to(outside)
    assert "symbolic link" in str(refusal(report))
    link.unlink()
    link.hardlink_to(outside)
    assert "hard link" in str(refusal(report))


def test_a_folder_inside_that_is_a_link_is_not_entered(report: Path, tmp_path: Path) -> None:
    (report / "more").symlink_to(tmp_path)
    assert isinstance(refusal(report), errors.PathOutside)


def test_pipes_and_sockets_are_refused_without_waiting_on_them(report: Path) -> None:
    os.mkfifo(report / "inputs" / "pipe")
    assert "pipe" in str(refusal(report))
    (report / "inputs" / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        place = Path.cwd()
        os.chdir(report)
        try:
            listening.bind("s")
        finally:
            os.chdir(place)
        assert "socket" in str(refusal(report))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_device_is_refused(report: Path) -> None:
    try:
        os.mknod(report / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("devices can't be made here")
    assert "device" in str(refusal(report))


def test_a_file_of_a_gigabyte_is_refused_by_its_size_alone(
    report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (report / "inputs" / "big.bin").open("wb") as file:
        file.truncate(1 << 30)
    opened: list[str] = []
    really = os.open

    def noted(path: str | Path, *rest: int, **named: int) -> int:
        opened.append(str(path))
        return really(path, *rest, **named)

    monkeypatch.setattr(os, "open", noted)
    found = refusal(report)
    assert isinstance(found, errors.TooLarge)
    assert "inputs/big.bin has 1,073,741,824 bytes" in str(found)
    assert "big.bin" not in opened


def test_many_files_that_are_small_each_are_too_large_together(report: Path) -> None:
    for number in range(5):
        (report / f"{number}.bin").write_bytes(b"\0" * (4 << 20))
    assert "16 MiB" in str(refusal(report))


def test_thousands_of_files_are_given_up_early(report: Path) -> None:
    many = report / "many"
    many.mkdir()
    (many / "0").write_text("")
    handle = os.open(many, os.O_RDONLY)
    for number in range(1, 5_000):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    assert "more than 200 files" in str(refusal(report))


def test_deep_folders_and_many_empty_ones_are_refused(report: Path) -> None:
    (report / "/".join("d" * 1 for _ in range(60))).mkdir(parents=True)
    assert isinstance(refusal(report), errors.TooLarge)


def test_many_empty_folders_are_refused(report: Path) -> None:
    for number in range(300):
        (report / f"d{number}").mkdir()
    assert isinstance(refusal(report), errors.TooLarge)


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.txt", b"new\nline.txt", b"back\\slash.txt", "\u202etxt.exe".encode()]
)
def test_a_name_that_is_not_plain_is_refused(report: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(report) + b"/" + name)).write_text("x")
    assert isinstance(refusal(report), errors.PathOutside)


def test_a_kept_copy_is_the_report_and_a_second_keep_is_the_same_place(report: Path, tmp_path: Path) -> None:
    (report / "run.sh").write_text("#!/bin/sh\n")
    (report / "run.sh").chmod(0o700)
    found = work.read(report)
    place = work.keep(found, tmp_path / "shelf")
    assert place.name == found.digest
    assert work.read(place).digest == found.digest
    assert work.keep(found, tmp_path / "shelf") == place
    assert stat.S_IMODE((place / "harness.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((place / "run.sh").stat().st_mode) == 0o755


def test_a_report_that_changes_after_it_was_read_is_not_kept_at_all(report: Path, tmp_path: Path) -> None:
    found = work.read(report)
    (report / "harness.py").write_text("import other\n")
    with pytest.raises(errors.ReportChanged):
        work.keep(found, tmp_path / "shelf")
    with pytest.raises(errors.ReportChanged):
        found.content()
    assert list((tmp_path / "shelf").iterdir()) == []


def test_a_disk_that_says_no_leaves_nothing(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = work.read(report)
    really = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "trigger.txt":
            raise OSError(28, "No space left on device")
        return really(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(errors.ShelfUnwritable) as refused:
        work.keep(found, tmp_path / "shelf")
    assert "nothing was kept" in str(refused.value)
    assert list((tmp_path / "shelf").iterdir()) == []


def test_a_written_report_reads_back_and_is_never_written_over(report: Path, tmp_path: Path) -> None:
    found = work.read(report)
    written = work.write(tmp_path / "copy", found.report, found.content())
    assert written.report == found.report
    with pytest.raises(errors.FolderTaken):
        work.write(tmp_path / "copy", found.report, found.content())


def test_a_report_that_would_be_wrong_is_not_written(report: Path, tmp_path: Path) -> None:
    found = work.read(report)
    with pytest.raises(errors.FileMissing):
        work.write(tmp_path / "new" / "copy", found.report, {"harness.py": b""})
    with pytest.raises(errors.PathOutside):
        work.write(tmp_path / "new" / "copy", found.report, {**found.content(), "../out.txt": b""})
    assert list((tmp_path / "new").iterdir()) == []


def test_a_report_in_a_git_clone_is_read(report: Path) -> None:
    subprocess.run(["git", "init", "-q", str(report.parent)], check=True)
    assert work.read(report).digest


def test_a_missing_input_is_named_with_the_field_that_names_it(spoilt: Spoil) -> None:
    folder = spoilt("seconds = 10", "seconds = 5")
    (folder / "inputs" / "benign.txt").unlink()
    assert "proof.control names inputs/benign.txt" in str(refusal(folder))
