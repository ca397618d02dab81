"""A document of report.toml into a `Report`, and back."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from headstart.errors import Invalid
from headstart.packages.rules import purl as purls
from headstart.packages.rules import ranges
from headstart.packages.rules.purl import Purl
from headstart.reports.errors import ExpectUnknown, FieldMissing, FieldWrong, FormatUnknown
from headstart.reports.rules.fields import LONGEST_LINE, Table, inside
from headstart.reports.rules.report import FORMAT, INPUT, Build, Expect, Finder, Origin, Proof, Report

SECONDS = (0.1, 120.0)
MEMORY_MIB = (16, 4096)
_ROOT = (
    "format", "title", "summary", "package", "weaknesses", "affected", "boundary", "preconditions",
    "finder", "proof", "build",
)  # fmt: skip
_FINDER = ("organisation", "contact", "ai", "human_reviewed", "policy")
_PROOF = ("run", "trigger", "control", "expect", "seconds", "memory_mib", "exception")
_BUILD = ("source", "sha256", "commit", "commands")
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")


def read(document: Mapping[str, Any]) -> Report:
    """The report that a parsed report.toml says.

    Raises:
        ReportInvalid: the first rule that it breaks, with the field.
    """
    found = document.get("format")
    if "format" not in document:
        raise FieldMissing("format", "format = 1")
    if found != FORMAT or isinstance(found, bool | float):
        raise FormatUnknown(found)
    root = Table(document, "", _ROOT)
    package = _package(root)
    return Report(
        title=root.line("title", 200),
        summary=root.text("summary"),
        purl=package,
        weaknesses=_weaknesses(root),
        affected=_affected(root, package),
        boundary=root.line("boundary"),
        preconditions=root.lines("preconditions", required=False),
        finder=_finder(root.table("finder", _FINDER)),
        proof=_proof(root.table("proof", _PROOF)),
        build=_build(root.table("build", _BUILD)) if root.has("build") else None,
    )


def _package(root: Table) -> Purl:
    must = "a purl with the version that was tested, such as pkg:pypi/example@1.2.0"
    text = root.line("package", purls.LONGEST)
    try:
        package = purls.parse(text)
    except Invalid as error:
        raise FieldWrong("package", text, must) from error
    if package.version is None:
        raise FieldWrong("package", text, must)
    return package


def _weaknesses(root: Table) -> tuple[str, ...]:
    found = root.lines("weaknesses", required=False)
    for each in found:
        if not re.fullmatch(r"CWE-[1-9][0-9]{0,5}", each):
            raise FieldWrong("weaknesses[…]", each, "a CWE identifier such as CWE-1333")
    return found


def _affected(root: Table, package: Purl) -> str | None:
    text = root.optional_line("affected", 1 << 14)
    if text is None:
        return None
    must = f"a vers range of the package's own ecosystem, such as vers:{package.type}/>=1.0|<1.2"
    try:
        claimed = ranges.parse_vers(text)
    except Invalid as error:
        raise FieldWrong("affected", text, must) from error
    if claimed.ecosystem != package.ecosystem:
        raise FieldWrong("affected", text, must)
    return text


def _finder(table: Table) -> Finder:
    return Finder(
        organisation=table.line("organisation", 200),
        contact=table.line("contact", 320),
        ai=table.optional_line("ai", 200),
        human_reviewed=table.flag("human_reviewed", default=False),
        policy=table.optional_line("policy", 100),
    )


def _proof(table: Table) -> Proof:
    run = table.lines("run")
    if not any(INPUT in each for each in run):
        raise FieldWrong("proof.run", list(run), f"an argument list with {INPUT} where the input's path goes")
    trigger, control = table.paths("trigger"), table.paths("control")
    for each in trigger:
        if each in control:
            raise FieldWrong("proof.control", each, "an input that is not a trigger too")
    expect = _expect(table)
    return Proof(
        run=run,
        trigger=trigger,
        control=control,
        expect=expect,
        seconds=table.number("seconds", 10.0, *SECONDS),
        memory_mib=table.whole("memory_mib", 512, *MEMORY_MIB),
        exception=_exception(table, expect),
    )


def _expect(table: Table) -> Expect:
    kinds = ", ".join(Expect)
    found = table.required("expect", f"one of {kinds}")
    if not isinstance(found, str) or found not in set(Expect):
        close = get_close_matches(str(found).lower()[:40], list(Expect), n=1)
        raise ExpectUnknown(found, kinds, close[0] if close else None)
    return Expect(found)


def _exception(table: Table, expect: Expect) -> str | None:
    found = table.optional_line("exception", 200)
    if found is not None and (expect is not Expect.CRASH or not _DOTTED.fullmatch(found)):
        raise FieldWrong("proof.exception", found, 'the name of an exception, with expect = "crash" alone')
    return found


def _build(table: Table) -> Build:
    source = table.line("source")
    sha256, commit = _hex(table, "sha256", 64), _hex(table, "commit", 40)
    if "://" not in source and not source.startswith("pkg:"):
        source = inside("build.source", source)
    build = Build(source=source, sha256=sha256, commit=commit, commands=_commands(table))
    _check_origin(build)
    return build


def _hex(table: Table, field: str, digits: int) -> str | None:
    found = table.optional_line(field, digits)
    if found is not None and not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", found):
        raise FieldWrong(table.path(field), found, f"{digits} hexadecimal digits")
    return found.lower() if found else None


def _check_origin(build: Build) -> None:
    """Each place that source comes from, and the digest that names what is there."""
    must = "an https:// or git+https:// address, a purl with a version, or a path inside the folder"
    match build.origin:
        case Origin.RELEASE:
            _check_release(build.source)
        case Origin.ADDRESS if build.sha256 is None:
            raise FieldMissing("build.sha256", "the SHA-256 of what is at build.source")
        case Origin.REPOSITORY if build.commit is None:
            raise FieldMissing("build.commit", "the commit to build, 40 hexadecimal digits")
        case Origin.INSIDE | Origin.BUNDLE if "://" in build.source:
            raise FieldWrong("build.source", build.source, must)
        case _:
            pass
    if build.commit is not None and build.origin in {Origin.RELEASE, Origin.ADDRESS}:
        raise FieldWrong("build.commit", build.commit, "absent, but with a git repository or bundle")
    if build.sha256 is not None and build.origin in {Origin.RELEASE, Origin.REPOSITORY}:
        raise FieldWrong("build.sha256", build.sha256, "absent, but with an archive or a bundle")


def _check_release(source: str) -> None:
    must = "a purl with a version, such as pkg:pypi/example@1.2.0"
    try:
        version = purls.parse(source).version
    except Invalid as error:
        raise FieldWrong("build.source", source, must) from error
    if version is None:
        raise FieldWrong("build.source", source, must)


def _commands(table: Table) -> tuple[tuple[str, ...], ...]:
    must = 'a list of up to 64 argument lists, such as [["./configure"], ["make"]]'
    found = table.required("commands", must)
    if not isinstance(found, list) or len(found) > 64:
        raise FieldWrong("build.commands", found, must)
    commands = []
    for each in found:
        fits = isinstance(each, list) and 0 < len(each) <= 256
        if not fits or not all(isinstance(word, str) and "\x00" not in word for word in each):
            raise FieldWrong("build.commands[…]", each, "an argument list of texts")
        if any(len(word) > LONGEST_LINE for word in each):
            raise FieldWrong("build.commands[…]", each, f"words of at most {LONGEST_LINE} characters")
        commands.append(tuple(each))
    return tuple(commands)


def to_toml(report: Report) -> str:
    """A report as report.toml; reading it back gives the same report."""
    root = {
        "format": report.format,
        "title": report.title,
        "summary": report.summary,
        "package": str(report.purl),
        "weaknesses": report.weaknesses,
        "affected": report.affected,
        "boundary": report.boundary,
        "preconditions": report.preconditions,
    }
    finder, proof = report.finder, report.proof
    tables = {
        "finder": {name: getattr(finder, name) for name in _FINDER},
        "proof": {name: getattr(proof, name) for name in _PROOF},
    }
    if report.build is not None:
        tables["build"] = {name: getattr(report.build, name) for name in _BUILD}
    parts = [_lines(root), *(f"[{name}]\n{_lines(content)}" for name, content in tables.items())]
    return "\n".join(parts)


def _lines(content: Mapping[str, object]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in content.items() if value is not None)


def _toml(value: object) -> str:
    """A value in TOML 1.0: a JSON string is a basic string once DEL is escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return str(value)
