"""A flag, and the few words of Headstart that harnesses may name."""

from dataclasses import dataclass

SECRET = "HEADSTART_SECRET_FILE"  # noqa: S105 - the name of a variable
MARKER = "HEADSTART_MARKER"
FORBIDDEN = "HEADSTART_FORBIDDEN"
POLLUTED = "headstart_polluted"
ENVIRONMENT = (SECRET, MARKER, FORBIDDEN)
_ADDRESS = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.])"
SANITIZER = r"(?i)(?:Address|Memory|Leak|Thread|UndefinedBehavior)Sanitizer|SAN_OPTIONS\b|runtime error:|\blog-\*|/log-"
VERSION = rf"(?<![\w.])(?!{_ADDRESS})v?[0-9]+\.[0-9]+\.[0-9]+(?:[-.+]?[0-9A-Za-z]+)*(?![\w.])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing for a person to look at in a harness; a flag is no verdict."""

    code: str
    sentence: str
    path: str
    line: int | None = None


SENTENCES: dict[str, str] = {
    "names-version": "It names a version, so it may behave by version instead of by what the target does.",
    "branches-on-input": "It decides something by the name or the place of its input, not by its content.",
    "looks-around": "It looks through folders, where it could tell the trigger from the control.",
    "touches-secret": "It reads the fresh secret itself; the target must be the one that reads it.",
    "touches-marker": "It runs the marker program itself; the target must be the one that runs it.",
    "touches-forbidden": "It works in the forbidden folder itself; the target must be the one that writes there.",
    "reads-environment": "It reads the whole environment, the hub's own variables among them.",
    "sleeps": "It sleeps or waits by itself.",
    "loops-forever": "It has a loop of its own without an end.",
    "acts-itself": "It raises, aborts or signals by itself, which can look like the effect.",
    "pollutes-itself": "It sets a property on a shared prototype by itself.",
    "hides-code": "It runs code that it builds or decodes, which can't be read beforehand.",
    "fakes-report": "It names a sanitizer's words, options or log, which only a sanitizer writes.",
    "hands-callable": "It hands the target a function of the standard library, tied to its arguments.",
    "changes-target": "It assigns to a name of the target's, so that other code may run than the package's.",
    "imports-no-target": "It does not import the target that the report names.",
    "not-linted": "It is in a language, or of a size, that the lints can't read: a person reads it whole.",
    "broken": "It can't be parsed.",
}
"""What each code says, in one sentence for the person who reads the harness."""


def flag(code: str, path: str, line: int | None = None) -> Flag:
    """The flag of a code at a place."""
    return Flag(code=code, sentence=SENTENCES[code], path=path, line=line)
