"""The witness's log and samples, read again: only what carries this run's key is believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.evidence import Attribution, Place
from headstart.proofs.rules.witness import Language, Places, digest, majority, read, samples

KEY = b"k" * 32
PLACES = Places(target="/target/", own=frozenset({"pkg", "mod.py"}))


def line(
    event: str, *frames: tuple[str, int, str, str], key: bytes = KEY, language: Language = Language.PYTHON
) -> bytes:
    said: dict[str, Any] = {
        "n": 1,
        "pid": 1,
        "event": event,
        "detail": "3.11\0/usr/lib/python3.11/",
        "frames": frames,
    }
    body = json.dumps(said).encode()
    return digest(language, key, body).encode() + b" " + body + b"\n"


@pytest.mark.parametrize("language", [Language.PYTHON, Language.NODE])
def test_a_record_counts_only_with_this_runs_key(language: Language) -> None:
    log = line("open", ("/target/pkg/a.py", 1, "f", "t"), language=language)
    forged = line("open", ("/target/pkg/a.py", 1, "f", "t"), key=b"x" * 32, language=language)
    said = read(language, log=log + forged + b"not a record\n", faults=b"", key=KEY, places=PLACES)
    assert (len(said.records), said.forged, said.started) == (1, 2, False)
    assert said.records[0].stack[0].place is Place.TARGET


def test_a_record_that_a_kill_cut_short_is_no_forgery() -> None:
    log = line("start") + line("open", ("/target/pkg/a.py", 1, "f", "t"))
    said = read(Language.PYTHON, log=log[:-9], faults=b"", key=KEY, places=PLACES)
    assert (said.started, said.records, said.forged) == (True, (), 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_testimony(noise: bytes) -> None:
    said = read(Language.PYTHON, log=noise, faults=noise, key=KEY, places=PLACES)
    assert not said.records
    assert not said.started


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("/target/pkg/a.py", "target"),
        ("/target/mod.py", "target"),
        ("/target/other/a.py", "dependency"),
        ("/target/package/a.py", "dependency"),
        ("/usr/lib/python3.11/os.py", "library"),
        ("/usr/lib/python3.11/site-packages/x.py", "harness"),
        ("/work/report/harness.py", "harness"),
        ("/tmp/x.py", "harness"),
        ("<frozen importlib._bootstrap>", "library"),
        ("node:fs", "library"),
    ],
)
def test_whose_a_file_is(file: str, place: str) -> None:
    places = Places(target="/target/", own=frozenset({"pkg", "mod.py"}), library=("/usr/lib/python3.11/",))
    assert places.of(file) == place


def test_code_that_its_file_does_not_hold_is_the_harness() -> None:
    log = line("start") + line("open", ("/target/pkg/a.py", 1, "f", "f"))
    said = read(Language.PYTHON, log=log, faults=b"", key=KEY, places=PLACES)
    assert said.records[0].stack[0].place is Place.HARNESS


DUMP = """Thread 0x00007f0000000001 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 1 in wait

Current thread 0x00007f0000000000 (most recent call first):
  File "/usr/lib/python3.11/re/__init__.py", line 166 in match
  File "/target/pkg/a.py", line 2 in slow
  File "/work/report/harness.py", line 3 in <module>
"""


def test_a_sample_is_the_stack_of_the_thread_that_ran() -> None:
    places = Places(target="/target/", own=frozenset(), library=("/usr/lib/python3.11/",))
    taken = samples(DUMP * 10, places.of)
    assert len(taken) == 10
    assert [frame.place for frame in taken[0]] == [Place.LIBRARY, Place.TARGET, Place.HARNESS]
    assert majority(taken)[0] is Attribution.TARGET
    assert majority([])[0] is Attribution.UNKNOWN


def test_a_stack_that_is_mostly_the_harness_is_the_harness() -> None:
    places = Places(target="/target/", own=frozenset())
    mine = samples(DUMP.replace("/target/pkg/a.py", "/work/report/h.py"), places.of)
    theirs = samples(DUMP, Places(target="/target/", own=frozenset(), library=("/usr/lib/",)).of)
    assert majority([*theirs, *mine * 3])[0] is Attribution.HARNESS
    assert majority([*theirs * 6, *mine])[0] is Attribution.UNKNOWN  # neither four in five nor half
