"""Lints on harnesses (report-format.md, "Who did it"): what one that only hands its input over would not do.

They help the person who reads the harness and decide nothing: a harness can be written so that none of them sees
it. Python is read as a syntax tree; JavaScript and shell as text without comments, so there they see less.
"""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from headstart.packages.rules.purl import Purl
from headstart.reports.rules import lints_python, lints_text
from headstart.reports.rules.flags import Flag, flag
from headstart.reports.rules.report import Report

LARGEST_HARNESS = 256 << 10
_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "javascript", ".sh": "shell", ".bash": "shell", ".c": "c", ".cc": "c", ".cpp": "c", ".cxx": "c",
}  # fmt: skip
_SHEBANGS = {"python": "python", "node": "javascript", "sh": "shell", "bash": "shell"}


def lint(report: Report, files: Mapping[str, bytes], own: Collection[str] = ()) -> tuple[Flag, ...]:
    """The flags of a report's code, by file and line.

    `files` holds the folder's bytes by path. `own` are the top-level names of the installed target
    (`packages.work.Installed.own`): with them it is exact which import is the target's.
    """
    found: list[Flag] = []
    imports_target = report.build is not None
    harness = report.proof.harness
    for path in sorted(_code(report, files)):
        language = _language(path, files[path])
        text = _text(files[path])
        if language is None or text is None:
            found.append(flag("not-linted", path))
            imports_target = True  # it can't be told
            continue
        if language == "python":
            flags, imported = lints_python.lint(path, text)
        else:
            flags, imported = lints_text.lint(path, text, language)
        found += flags
        imports_target = imports_target or _imports(report.purl, imported, own) or language == "shell"
    if not imports_target:
        found.append(flag("imports-no-target", harness))
    return tuple(sorted(set(found), key=lambda each: (each.path, each.line or 0, each.code)))


def _code(report: Report, files: Mapping[str, bytes]) -> set[str]:
    """The harness, and every other file in a known language that is no input and no source to build."""
    proof, build = report.proof, report.build
    inputs = {*proof.trigger, *proof.control}
    source = f"{build.source}/" if build is not None and build.is_inside else None
    code = {
        path
        for path in files
        if PurePosixPath(path).suffix in _LANGUAGES
        and path not in inputs
        and not (source and (path.startswith(source) or source == "./"))
    }
    return code | ({proof.harness} & set(files))


def _language(path: str, content: bytes) -> str | None:
    by_name = _LANGUAGES.get(PurePosixPath(path).suffix)
    if by_name or not content.startswith(b"#!"):
        return by_name
    first = content[:200].split(b"\n", 1)[0].decode(errors="replace")
    words = first[2:].replace("/", " ").split()
    return next(
        (_SHEBANGS[each.rstrip("0123456789.")] for each in words if each.rstrip("0123456789.") in _SHEBANGS),
        None,
    )


def _text(content: bytes) -> str | None:
    if len(content) > LARGEST_HARNESS:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _imports(purl: Purl, imported: Collection[str], own: Collection[str]) -> bool:
    """Whether any import is the target's; by its names where they are known, by the package's name elsewhere."""
    if purl.type == "npm":
        return any(each == purl.full_name or each.startswith(f"{purl.full_name}/") for each in imported)
    tops = {each.partition(".")[0] for each in imported}
    names = {each.partition(".")[0] for each in own if not each.endswith((".dist-info", ".data"))}
    if names:
        return bool(tops & names)
    return bool(tops - lints_python.STANDARD) if purl.type == "pypi" else True
