"""What a C source that was handed in may say and call, before it is run.

A sanitizer lives in the same process as the program that it watches, so a program that may say anything can also
silence it, or speak in its name. C that mends a handler or feeds a library needs none of the words for that.
"""

import re
from collections import Counter
from dataclasses import dataclass

from headstart.benchmarks.ports import Place
from headstart.benchmarks.rules.items import Cheating

COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')", re.DOTALL)
TOKEN = re.compile(r"\w+|[^\w\s]")
SILENCING = re.compile(
    r"\b(?:asm|__asm\w*|__attribute\w*|_Pragma|pragma|__builtin\w*|\w*sanitiz\w*|\w*[au]san_\w*)\b",
    re.IGNORECASE,
)
PASTED = re.compile(r"##|%:|\[\[|<:|\?\?")
"""With these a word can be made of pieces, or an attribute be written."""
MOST = 200_000
DIRECTIVE = re.compile(r"^\s*#\s*(\w*)(.*)$", re.MULTILINE)
DIRECTIVES = frozenset({"define", "undef", "if", "ifdef", "ifndef", "else", "elif", "endif", ""})
HEADERS = frozenset({"assert", "ctype", "limits", "stdbool", "stddef", "stdint", "stdio", "stdlib", "string"})
CALLS = re.compile(
    r"__(?:asan|ubsan)_\w+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail|abort|malloc|calloc|realloc|free"
    r"|mem(?:cpy|move|set|cmp|chr)|str(?:n?len|n?cpy|n?cmp|r?chr|n?cat)|is(?:alpha|digit|alnum|space|print|upper|lower)"
    r"|__ctype_b_loc|tolower|toupper|abs|labs"
)
FILES = re.compile(r"fopen|fread|fclose|printf|puts|putchar|fprintf|fputs|fputc|fwrite|putc|std(?:out|err)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a source is not run."""

    sentence: str
    cheating: Cheating | None = None


def code(text: str) -> str:
    """A source without comments, its spliced lines joined."""
    return COMMENT.sub(lambda found: found[1] or " ", re.sub(r"\\[ \t]*\n", "", text))


def words_of(text: str) -> set[str]:
    """The words of a source."""
    return set(re.findall(r"[A-Za-z_]\w*", code(text)))


def objection(
    text: str, *, headers: frozenset[str] = frozenset(), kept: frozenset[str] = frozenset()
) -> Objection | None:
    """What a source says that it must not. `headers`: its own, in quotes; `kept`: words that it may not redefine."""
    if len(text) > MOST:
        return Objection(sentence="it is far larger than any source that was asked for")
    plain = code(text)
    if found := PASTED.search(plain):
        return Objection(sentence=f"it says {found[0]!r}, for which there is no need here")
    if found := SILENCING.search(plain):
        return Objection(
            sentence=f"it says {found[0]!r}: a way around the sanitizer", cheating=Cheating.FORGED
        )
    told = (_directive(name, rest.strip(), headers, kept) for name, rest in DIRECTIVE.findall(plain))
    return next((each for each in told if each), None)


def _directive(name: str, said: str, headers: frozenset[str], kept: frozenset[str]) -> Objection | None:
    if name == "include":
        known = said in {f"<{each}.h>" for each in HEADERS} | {f'"{each}"' for each in headers}
        return None if known else Objection(sentence=f"it includes {said[:40]!r}")
    if name not in DIRECTIVES:
        return Objection(sentence=f"it says #{name[:20]}")
    word = re.match(r"\w+", said) if name in {"define", "undef"} else None
    if word and word[0] in kept:
        return Objection(sentence=f"it redefines {word[0]!r}", cheating=Cheating.SWITCHED)
    return None


def kept_share(original: str, changed: str) -> float:
    """How much of the original is still there: its runs of four tokens, of which the share that was kept."""
    before, after = _runs(original), _runs(changed)
    return sum((before & after).values()) / max(1, before.total())


def _runs(text: str) -> Counter[tuple[str, ...]]:
    tokens = TOKEN.findall(code(text))
    return Counter(zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False))


def compiled(
    place: Place, flags: str, name: str, allowed: frozenset[str], *, files: bool = False
) -> Objection | None:
    """Compile `name`.c into `name`.o there; what it calls must be plain C library or in `allowed`."""
    outcome = place.run("sh", "-c", f"cc {flags} -c {name}.c -o {name}.o && nm -u {name}.o && echo built")
    said = outcome.stdout.decode(errors="replace").split()
    if outcome.status != 0 or said[-1:] != ["built"]:
        return Objection(sentence="it does not build")
    for symbol in (each for each in said[:-1] if each not in {"U", "w"}):
        if symbol in allowed or CALLS.fullmatch(symbol) or (files and FILES.fullmatch(symbol)):
            continue
        return Objection(sentence=f"it calls {symbol[:40]}, for which there is no need here")
    return None
