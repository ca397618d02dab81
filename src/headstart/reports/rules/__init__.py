"""The rules of a report: its values (`report`), how a document is read (`reading`), flags (`lints`)."""

from headstart.reports.rules.flags import Flag
from headstart.reports.rules.lints import lint
from headstart.reports.rules.reading import read, to_toml
from headstart.reports.rules.report import BUILD_FOLDER, FORMAT, Build, Expect, Finder, Origin, Proof, Report

__all__ = [
    "BUILD_FOLDER",
    "FORMAT",
    "Build",
    "Expect",
    "Finder",
    "Flag",
    "Origin",
    "Proof",
    "Report",
    "lint",
    "read",
    "to_toml",
]
