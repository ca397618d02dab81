"""What the reports room refuses: each in one line that says what to do."""

from headstart.errors import Conflict, Invalid, NotFound, Unable


class ReportInvalid(Invalid):
    """A report folder breaks a rule of its format, or a bound."""

    code = "report-invalid"


class FolderMissing(NotFound):
    """There is no folder at the path."""

    code = "report-missing"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not a folder; name the folder that holds report.toml")


class FileMissing(ReportInvalid):
    """report.toml, or a file that it names, is not in the folder."""

    code = "file-missing"

    def __init__(self, path: str, named_by: str | None = None) -> None:
        why = f"{named_by} names {path}, which" if named_by else path
        super().__init__(f"{why} is not in the folder; add the file or correct the name")


class TomlWrong(ReportInvalid):
    """report.toml is not TOML in UTF-8."""

    code = "toml-wrong"

    def __init__(self, why: str) -> None:
        super().__init__(f"report.toml is not valid TOML in UTF-8: {why}")


class FormatUnknown(ReportInvalid):
    """The report is in a format that this version does not read."""

    code = "format-unknown"

    def __init__(self, found: object) -> None:
        super().__init__(f"report.toml says format = {found!r:.40}; this Headstart reads format = 1")


class FieldMissing(ReportInvalid):
    """A required field is absent."""

    code = "field-missing"

    def __init__(self, field: str, must: str) -> None:
        super().__init__(f"report.toml has no {field}; add it: {must}")


class FieldWrong(ReportInvalid):
    """A field has the wrong type, or a value out of bounds."""

    code = "field-wrong"

    def __init__(self, field: str, found: object, must: str) -> None:
        super().__init__(f"report.toml: {field} is {shown(found)}; it must be {must}")


class FieldUnknown(ReportInvalid):
    """A field that the format does not have: a slip of the pen would otherwise be silently ignored."""

    code = "field-unknown"

    def __init__(self, field: str, meant: str | None) -> None:
        hint = f"did you mean {meant}?" if meant else "remove it"
        super().__init__(f"report.toml has a field {field[:80]!r} that format 1 does not have; {hint}")


class ExpectUnknown(ReportInvalid):
    """`expect` is none of the kinds."""

    code = "expect-unknown"

    def __init__(self, found: object, kinds: str, meant: str | None) -> None:
        hint = f"; did you mean {meant}?" if meant else ""
        super().__init__(f"report.toml: proof.expect is {shown(found)}; it must be one of {kinds}{hint}")


class HarnessMissing(ReportInvalid):
    """`run` starts no file of the folder."""

    code = "harness-missing"

    def __init__(self, named: str) -> None:
        if named:
            super().__init__(f"report.toml runs {named[:200]}, which is not in the folder; add the file")
        else:
            super().__init__(
                'proof.run names no file of the folder; write ["python", "harness.py", "{input}"]'
            )


class UploadInvalid(ReportInvalid):
    """An upload is not a zip of one report folder, or breaks a bound."""

    code = "upload-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the upload is not a report: {why}; send a zip of the report's folder")


class BuildFolderTaken(ReportInvalid):
    """The report holds files where its source would be unpacked."""

    code = "build-folder-taken"

    def __init__(self, folder: str) -> None:
        super().__init__(f"the source of [build] is unpacked as {folder}/, which the report has; rename that")


class PathOutside(ReportInvalid):
    """A path leaves the folder: absolute, with `..`, by a link, or a name that can't be trusted."""

    code = "path-outside"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path[:200]!r} {why}; keep every file inside the folder, as a plain file")


class TooLarge(ReportInvalid):
    """The folder is past a bound."""

    code = "too-large"


class ReportChanged(Conflict):
    """The folder is not what it was when it was read."""

    code = "report-changed"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed while it was being read; hand it in again")


class FolderTaken(Conflict):
    """A report would be written over something."""

    code = "folder-taken"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is there already; name a folder that is not")


class ShelfUnwritable(Unable):
    """The disk is full, or not ours to write."""

    code = "shelf-unwritable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the report could not be written to {path}: {why}; nothing was kept")


def shown(value: object) -> str:
    """A value as a person reads it in one short line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]
