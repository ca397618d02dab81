"""A report folder is read whole, or refused in one clear line."""

import tomllib
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.errors import Refusal
from headstart.reports import errors, work
from headstart.reports.rules import Expect, Report, read, to_toml

from .conftest import GOOD, Spoil

ROOT = Path(__file__).parents[2]
SCHEMA = msgspec.json.decode((ROOT / "docs" / "schemas" / "report-1.schema.json").read_bytes())


def refusal(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work.read(folder)
    line = str(refused.value)
    assert "\n" not in line
    assert len(line) < 600
    return refused.value


def test_a_good_report_says_what_its_file_says(report: Path) -> None:
    found = work.read(report)
    assert str(found.report.purl) == "pkg:pypi/example@1.2.0"
    assert found.report.proof.expect is Expect.HANG
    assert found.report.finder.human_reviewed
    assert set(found.files) == {"report.toml", "harness.py", "inputs/trigger.txt", "inputs/benign.txt"}


def test_the_digest_changes_with_any_byte_and_any_name(report: Path) -> None:
    before = work.read(report).digest
    (report / "inputs" / "benign.txt").write_text("b")
    changed = work.read(report).digest
    (report / "notes.txt").write_text("")
    assert len({before, changed, work.read(report).digest}) == 3


def test_what_the_hub_writes_beside_a_report_is_no_part_of_it(report: Path) -> None:
    before = work.read(report).digest
    (report / "receipt.json").write_text("{}")
    assert work.read(report).digest == before


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("format = 1", "format = 2", errors.FormatUnknown, "reads format = 1"),
        ("format = 1", "format = true", errors.FormatUnknown, "reads format = 1"),
        ("format = 1\n", "", errors.FieldMissing, "format = 1"),
        ('title = "Exponential time in a comment pattern"\n', "", errors.FieldMissing, "title"),
        ('title = "Exponential time in a comment pattern"', "title = 3", errors.FieldWrong, "title is 3"),
        ('"What goes wrong."', '"  "', errors.FieldWrong, "summary"),
        ("pkg:pypi/example@1.2.0", "example 1.2.0", errors.FieldWrong, "pkg:pypi/example@1.2.0"),
        ("pkg:pypi/example@1.2.0", "pkg:pypi/example", errors.FieldWrong, "version"),
        ("CWE-1333", "1333", errors.FieldWrong, "CWE-1333"),
        ('["CWE-1333"]', '"CWE-1333"', errors.FieldWrong, "list"),
        ("vers:pypi/>=1.0.0|<1.2.3", ">=1.0.0,<1.2.3", errors.FieldWrong, "affected"),
        ("vers:pypi/>=1.0.0|<1.2.3", "vers:npm/<1.2.3", errors.FieldWrong, "vers:pypi"),
        ('boundary = "Text that a user of the service supplies"\n', "", errors.FieldMissing, "boundary"),
        ("[finder]", "[finders]", errors.FieldUnknown, "did you mean finder?"),
        ("human_reviewed = true", 'human_reviewed = "yes"', errors.FieldWrong, "true or false"),
        ("seconds = 10", "secs = 10", errors.FieldUnknown, "did you mean proof.seconds?"),
        ("seconds = 10", "zzz = 10", errors.FieldUnknown, "remove it"),
        ("seconds = 10", "seconds = 0", errors.FieldWrong, "0.1 to 120"),
        ("seconds = 10", "seconds = 1e9", errors.FieldWrong, "0.1 to 120"),
        ("seconds = 10", "seconds = nan", errors.FieldWrong, "0.1 to 120"),
        ("seconds = 10", "seconds = true", errors.FieldWrong, "0.1 to 120"),
        ("memory_mib = 512", "memory_mib = 512.5", errors.FieldWrong, "whole number"),
        ("memory_mib = 512", "memory_mib = 1000000", errors.FieldWrong, "4096"),
        ('expect = "hang"', 'expect = "hangs"', errors.ExpectUnknown, "did you mean hang?"),
        ('expect = "hang"', 'expect = "RCE"', errors.ExpectUnknown, "one of crash, hang"),
        ('expect = "hang"', "expect = []", errors.ExpectUnknown, "one of crash, hang"),
        ('expect = "hang"', 'expect = "hang"\nexception = "KeyError"', errors.FieldWrong, "crash"),
        ('["python", "harness.py", "{input}"]', '["python", "harness.py"]', errors.FieldWrong, "{input}"),
        ('["python", "harness.py", "{input}"]', '"python harness.py {input}"', errors.FieldWrong, "list"),
        ('["python", "harness.py", "{input}"]', '["python", "other.py", "{input}"]', errors.HarnessMissing, "other.py"),
        ('["python", "harness.py", "{input}"]', '["python", "-c", "{input}"]', errors.HarnessMissing, "no file"),
        ('["python", "harness.py", "{input}"]', '["/bin/sh", "{input}"]', errors.HarnessMissing, "/bin/sh"),
        ('["inputs/trigger.txt"]', "[]", errors.FieldWrong, "proof.trigger"),
        ('["inputs/trigger.txt"]', '["inputs/absent.txt"]', errors.FileMissing, "inputs/absent.txt"),
        ('["inputs/trigger.txt"]', '["inputs/trigger.txt", "./inputs/trigger.txt"]', errors.FieldWrong, "once"),
        ('["inputs/benign.txt"]', '["inputs/trigger.txt"]', errors.FieldWrong, "not a trigger too"),
        ("inputs/trigger.txt", "../trigger.txt", errors.PathOutside, "leaves the report's folder"),
        ("inputs/trigger.txt", "inputs/../../trigger.txt", errors.PathOutside, "leaves the report's folder"),
        ("inputs/trigger.txt", "/etc/passwd", errors.PathOutside, "leaves the report's folder"),
        ("inputs/trigger.txt", "C:/windows/win.ini", errors.PathOutside, "leaves the report's folder"),
        ("inputs/trigger.txt", "inputs\\\\trigger.txt", errors.PathOutside, "leaves the report's folder"),
        ("What goes wrong.", "What\\u0000goes wrong.", errors.FieldWrong, "control characters"),
        ("Example Lab", "Example\\nLab", errors.FieldWrong, "one line"),
        ("Example Lab", "Example \\u202e baL", errors.FieldWrong, "control characters"),
        ("harness.py", "harness.py\\u0000", errors.FieldWrong, "one line"),
        ("memory_mib = 512", 'memory_mib = 512\n[build]\nsource = "https://example.org/x.tgz"\ncommands = []',
         errors.FieldMissing, "build.sha256"),
        ("memory_mib = 512", 'memory_mib = 512\n[build]\nsource = "http://example.org/x.tgz"\ncommands = []',
         errors.FieldWrong, "https"),
        ("memory_mib = 512", 'memory_mib = 512\n[build]\nsource = "../x"\ncommands = []',
         errors.PathOutside, "build.source"),
        ("memory_mib = 512", 'memory_mib = 512\n[build]\nsource = "src"\ncommands = []',
         errors.FileMissing, "src"),
        ("memory_mib = 512", 'memory_mib = 512\n[build]\nsource = "inputs"\ncommands = ["make"]',
         errors.FieldWrong, "argument list"),
        *((
            "memory_mib = 512", f"memory_mib = 512\n[build]\n{fields}\ncommands = []", error, says,
          ) for fields, error, says in [
            ('source = "git+https://example.org/x.git"', errors.FieldMissing, "build.commit"),
            ('source = "git+https://example.org/x.git"\ncommit = "main"', errors.FieldWrong, "40 hexadecimal"),
            ('source = "git+http://example.org/x.git"', errors.FieldWrong, "git+https://"),
            ('source = "git://example.org/x.git"', errors.FieldWrong, "git+https://"),
            ('source = "file:///etc"', errors.FieldWrong, "git+https://"),
            ('source = "pkg:pypi/example"', errors.FieldWrong, "a purl with a version"),
            (f'source = "pkg:pypi/example@1"\nsha256 = "{"a" * 64}"', errors.FieldWrong, "build.sha256"),
            (f'source = "pkg:pypi/example@1"\ncommit = "{"a" * 40}"', errors.FieldWrong, "build.commit"),
            (f'source = "inputs"\ncommit = "{"a" * 40}"', errors.FieldWrong, "git bundle create"),
            (f'source = "inputs"\nsha256 = "{"a" * 64}"', errors.FieldWrong, "build.sha256"),
        ]),
    ],
)  # fmt: skip
def test_each_broken_rule_is_one_line_that_says_what_to_do(
    spoilt: Spoil, old: str, new: str, error: type[Refusal], says: str
) -> None:
    found = refusal(spoilt(old, new))
    assert type(found) is error
    assert says in str(found)


def test_a_control_with_the_triggers_own_bytes_is_no_control(report: Path) -> None:
    (report / "inputs" / "benign.txt").write_bytes((report / "inputs" / "trigger.txt").read_bytes())
    assert "other bytes than the trigger" in str(refusal(report))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"format = 1\nformat = 1", b"\xff\xfe", b'format = 1\ntitle = "\x00"', b"x = " + b"[" * 60000,
        b"x = " + b"{a=" * 5000, b"[" + b"a." * 30000 + b"a]", b"format = " + b"9" * 50000, b"[[a]]\n" * 9000,
        "".join(f"[a{n}]\n" for n in range(7000)).encode(), b'a = "' + b"x" * (300 << 10) + b'"',
        b"a" + b".a" * 30000 + b" = 1",
        b'"a"' + b' . "a"' * 9000 + b" = 1", b"x = {" + b"a." * 25000 + b"a = 1}",
    ],
)  # fmt: skip
def test_a_report_toml_that_is_broken_or_a_trap_is_refused(report: Path, content: bytes) -> None:
    (report / "report.toml").write_bytes(content)
    assert refusal(report).code in {"toml-wrong", "field-missing", "format-unknown", "too-large"}


def test_a_folder_without_a_report_and_a_path_without_a_folder_differ(report: Path, tmp_path: Path) -> None:
    (report / "report.toml").unlink()
    assert isinstance(refusal(report), errors.FileMissing)
    assert isinstance(refusal(tmp_path / "nowhere"), errors.FolderMissing)
    assert isinstance(refusal(report / "harness.py"), errors.FolderMissing)


def test_a_report_with_a_build_names_what_the_build_makes(spoilt: Spoil) -> None:
    folder = spoilt('["python", "harness.py", "{input}"]', '["src/target", "{input}"]')
    with (folder / "report.toml").open("a") as file:
        file.write('\n[build]\nsource = "src"\ncommands = [["cc", "-o", "target", "target.c"]]\n')
    (folder / "src").mkdir()
    (folder / "src" / "target.c").write_text("int main(void) { return 0; }\n")
    build = work.read(folder).report.build
    assert build is not None
    assert build.is_inside
    assert build.commands == (("cc", "-o", "target", "target.c"),)


BUILDS = [
    f'source = "https://example.org/x.tar.gz"\nsha256 = "{"a" * 64}"',
    f'source = "git+https://example.org/x.git"\ncommit = "{"b" * 40}"',
    'source = "pkg:pypi/example@1.2.0"',
    'source = "pkg:npm/%40scope/example@1.2.0"',
    f'source = "source.tar.xz"\nsha256 = "{"c" * 64}"',
    'source = "source.zip"',
    f'source = "repo.bundle"\ncommit = "{"d" * 40}"',
]


@pytest.mark.parametrize("fields", BUILDS)
def test_source_comes_from_any_of_its_places_and_goes_round(spoilt: Spoil, fields: str) -> None:
    folder = spoilt("memory_mib = 512", f"memory_mib = 512\n[build]\n{fields}\ncommands = [['make']]")
    for name in ("source.tar.xz", "source.zip", "repo.bundle"):
        (folder / name).write_bytes(b"x")
    document = tomllib.loads((folder / "report.toml").read_text())
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    found = work.read(folder).report
    assert read(tomllib.loads(to_toml(found))) == found
    (folder / "build").mkdir()
    (folder / "build" / "x.c").write_text("")
    assert "rename that" in str(refusal(folder))


def test_a_document_that_the_reader_takes_fits_the_schema_and_goes_round() -> None:
    document = tomllib.loads(GOOD)
    validator = jsonschema_rs.validator_for(SCHEMA)
    validator.validate(document)
    found = read(document)
    assert read(tomllib.loads(to_toml(found))) == found
    validator.validate(tomllib.loads(to_toml(found)))


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "reports").glob("*/report.toml")), ids=str)
def test_the_reports_that_ship_fit_the_schema(path: Path) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(tomllib.loads(path.read_text()))
    work.read(path.parent)


@pytest.mark.parametrize(
    ("old", "new"),
    [("format = 1", "format = 2"), ("seconds = 10", "secs = 10"), ("seconds = 10", "seconds = 1000"),
     ('expect = "hang"', 'expect = "rce"'), ('"{input}"', '"x"'), ("human_reviewed = true", "human_reviewed = 1"),
     ("inputs/trigger.txt", "../trigger.txt"), ("CWE-1333", "CWE-x"),
     *(("memory_mib = 512", f"memory_mib = 512\n[build]\ncommands = []\nsource = {fields}") for fields in (
         '"git+https://example.org/x"', '"https://example.org/x"', '"pkg:pypi/example"', '"git://example.org/x"',
         f'"pkg:pypi/example@1"\ncommit = "{"a" * 40}"', '"repo.bundle"\ncommit = "main"'))],
)  # fmt: skip
def test_what_the_reader_refuses_the_schema_refuses_too(old: str, new: str) -> None:
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(tomllib.loads(GOOD.replace(old, new, 1)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["", "finder", "proof"]), st.data())
def test_no_value_of_any_field_is_more_than_a_refusal(table: str, data: st.DataObject) -> None:
    document = tomllib.loads(GOOD)
    place = document[table] if table else document
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    line = ""
    try:
        assert isinstance(read(document), Report)
    except Refusal as refused:
        line = str(refused)
    assert "\n" not in line
