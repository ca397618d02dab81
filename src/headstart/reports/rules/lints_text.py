"""Lints on JavaScript and shell harnesses, on their text without comments.

Limits, said plainly: a regular expression or a template that holds quotes or slashes can hide what follows on its
line, values are followed through one assignment, and names that are built at run time are not seen.
"""

import re
from collections.abc import Iterator

from headstart.reports.rules.flags import FORBIDDEN, MARKER, POLLUTED, SANITIZER, SECRET, VERSION, Flag, flag

LONGEST_LINE = 2000  # characters: what stands further right on a line is not read, and flagged so

_JS_PARTS = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)""",
    re.DOTALL,
)
_SHELL_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_JS_IMPORT = re.compile(r"""(?:\brequire\s*\(\s*|\bfrom\s*|\bimport\s*\(?\s*)(['"`])([^'"`\n]+)\1""")
_JS_PLACE = (
    r"(?:process\s*\.\s*argv(?!\s*\.\s*length)|__filename|__dirname|import\.meta\.(?:url|filename|dirname))"
)
_JS_ASSIGNED = (
    r"(?:const|let|var)\s+(?:\{[^}]{0,500}\}|\[([^\]]{0,500})\]|([\w$]{1,200}))\s*=\s*[^;\n]{0,2000}"
)
_JS_DECIDES = r"(?:\b(?:if|switch|while)\s*\(|\?|[=!]==?|\.(?:includes|startsWith|endsWith|match|test)\s*\()"

_JAVASCRIPT: tuple[tuple[str, str], ...] = (
    ("names-version", rf"['\"`][^'\"`\n]*{VERSION}"),
    ("names-version", r"package\.json|process\s*\.\s*versions?\b|\.\s*(?:version|VERSION)\b"),
    ("looks-around", r"\b(?:readdir|readdirSync|opendir|opendirSync|globSync)\b"),
    ("reads-environment", r"process\s*\.\s*env\b(?!\s*(?:\.\s*\w|\[))"),
    ("sleeps", r"\b(?:setTimeout|setInterval|Atomics\s*\.\s*wait)\b"),
    ("loops-forever", r"\b(?:while\s*\(\s*(?:true|1)\s*\)|for\s*\(\s*;\s*;)"),
    ("acts-itself", r"\bthrow\b|process\s*\.\s*(?:abort|kill)\b"),
    ("pollutes-itself", rf"\b{POLLUTED}\b\s*['\"`\]]?\s*(?:\]\s*)?=[^=]"),
    ("pollutes-itself", r"\bObject\s*\.\s*prototype\s*[.\[][^=\n]*[^=!]=[^=]"),
    ("pollutes-itself", r"\bdefineProperty\s*\(\s*Object\s*\.\s*prototype|\bsetPrototypeOf\b"),
    ("hides-code", r"\beval\s*\(|\bnew\s+Function\b|\bvm\s*\.\s*run|runInThisContext|['\"`]base64['\"`]|\batob\s*\("),
)  # fmt: skip
_SHELL: tuple[tuple[str, str], ...] = (
    ("names-version", VERSION),
    ("branches-on-input", r"(?:\b(?:case|if|test)\b|\[)[^\n]*\$(?:\{?[1@*]|PWD)|\b(?:base|dir)name\b"),
    ("looks-around", r"\b(?:ls|find)\b"),
    ("reads-environment", r"(?m)^\s*(?:env|printenv|export -p|set)\s*(?:$|[|;>])"),
    ("sleeps", r"\b(?:sleep|wait|usleep)\b"),
    ("loops-forever", r"\bwhile\s+(?:true|:)"),
    ("acts-itself", r"\bkill\b|\bulimit\b"),
    ("hides-code", r"\beval\b|\bbase64\b|\bxxd\b"),
    ("touches-secret", rf"(?:\bcat\b|\bhead\b|\bcp\b|<)[^\n]*{SECRET}"),
    ("touches-marker", rf"(?m)^\s*\"?\$\{{?{MARKER}|\b(?:exec|sh|bash)\b[^\n]*{MARKER}"),
    ("touches-forbidden", rf"(?:>|\btouch\b|\bcp\b|\bmv\b|\brm\b|\bcd\b|\bmkdir\b|\btee\b)[^\n]*{FORBIDDEN}"),
)  # fmt: skip
_WITHIN = r"(?:[^)\n]|\([^()\n]*\))*"  # what stands before the parenthesis that ends a call
_C: tuple[tuple[str, str], ...] = (
    ("names-version", rf"\"[^\"\n]*{VERSION}|\b[A-Z_]*VERSION[A-Z_]*\b"),
    ("branches-on-input", r"\b(?:strcmp|strncmp|strstr|strchr|strrchr|memcmp|basename)\s*\([^\n]*\bargv\b"),
    ("looks-around", r"\b(?:opendir|readdir|scandir|glob|ftw|nftw)\s*\(|\b(?:directory_iterator)\b"),
    ("reads-environment", r"\b(?:environ|envp|secure_getenv)\b|/proc/self"),
    ("sleeps", r"\b(?:sleep|usleep|nanosleep|pause|sleep_for|sigwait|alarm)\s*\("),
    ("loops-forever", r"\bwhile\s*\(\s*(?:1|true)\s*\)|\bfor\s*\(\s*;\s*;\s*\)"),
    ("acts-itself", r"\b(?:abort|raise|kill|tgkill|__builtin_trap|setrlimit|s?i?g?longjmp|terminate|assert)\s*\("),
    ("acts-itself", r"\bthrow\b"),
    ("hides-code", r"\b(?:__asm__|asm)\b|\b(?:dlopen|dlsym|mprotect|syscall|ptrace|fexecve)\s*\("),
)  # fmt: skip
_FAKES = (("fakes-report", SANITIZER),)
_C_TOUCHES = (
    ("touches-secret", SECRET, r"(?:fopen|open|openat|ifstream|freopen|mmap)\b[^\n]*"),
    ("touches-marker", MARKER, r"(?:system|popen|exec\w+|posix_spawnp?)\s*\([^\n]*"),
    (
        "touches-forbidden",
        FORBIDDEN,
        r"(?:fopen|open|openat|creat|mkdir|rename|unlink|symlink|link|chdir|ofstream|rmdir|truncate)\b[^\n]*",
    ),
)
_C_INCLUDE = re.compile(r"(?m)^\s*#\s*include\s*[<\"]([^>\"\n]+)[>\"]")
_C_ASSIGNED = re.compile(
    r"\b([A-Za-z_]\w*)\s*=\s*(?:\([^()\n]*\)\s*)?(?:std\s*::\s*)?getenv\s*\(\s*\"([A-Z_]+)\""
)
_TOUCHES = (
    (
        "touches-secret",
        SECRET,
        rf"(?:readFile|readFileSync|createReadStream|openSync|open|readSync)\s*\({_WITHIN}",
    ),
    (
        "touches-marker",
        MARKER,
        rf"(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork)\s*\({_WITHIN}",
    ),
    (
        "touches-forbidden",
        FORBIDDEN,
        rf"(?:write\w*|append\w*|mkdir\w*|unlink\w*|rename\w*|copyFile\w*|rm\w*|symlink\w*|open\w*|cp\w*|chdir)\s*\({_WITHIN}",
    ),
)


def lint(path: str, text: str, language: str) -> tuple[list[Flag], set[str]]:
    """The flags of a file, and the modules that it imports."""
    long = [
        flag("not-linted", path, n) for n, each in enumerate(text.split("\n"), 1) if len(each) > LONGEST_LINE
    ]
    if language == "shell":
        bare = _SHELL_COMMENT.sub("", text)
        return [*long, *(flag(code, path, line) for code, line in _matches(bare, (*_SHELL, *_FAKES)))], set()
    bare = _JS_PARTS.sub(_without_comment, text)
    if language == "c":
        found = {(code, line) for code, line in (*_matches(bare, (*_C, *_FAKES)), *_c_followed(bare))}
        return [*long, *(flag(code, path, line) for code, line in sorted(found))], set(
            _C_INCLUDE.findall(bare)
        )
    codes = [*_matches(bare, (*_JAVASCRIPT, *_FAKES)), *_followed(bare)]
    imported = {found[2] for found in _JS_IMPORT.finditer(bare)}
    return [*long, *(flag(code, path, line) for code, line in codes)], imported


def _c_followed(text: str) -> Iterator[tuple[str, int]]:
    """Where a variable that holds one of the hub's paths is opened, run or written to."""
    for code, variable, use in _C_TOUCHES:
        names = [found[1] for found in _C_ASSIGNED.finditer(text) if found[2] == variable]
        held = "|".join([variable, *(rf"\b{re.escape(each)}\b" for each in names)])
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(rf"\b{use}(?:{held})", line[:LONGEST_LINE]):
                yield code, number


def _without_comment(found: re.Match[str]) -> str:
    return found["text"] if found["text"] is not None else "\n" * found[0].count("\n")


def _matches(text: str, patterns: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        for code, pattern in patterns:
            if re.search(pattern, line[:LONGEST_LINE]):
                yield code, number


def _followed(text: str) -> Iterator[tuple[str, int]]:
    """Where the input's path decides, or a variable of the hub is used, by itself or through one name."""
    place = _with_names(text, _JS_PLACE)
    reads = r"(?:read\w*|open\w*|createReadStream|require)\s*\("
    for number, line in enumerate(text.split("\n"), 1):
        short = re.sub(rf"{reads}[^()\n]*\)", "()", line[:LONGEST_LINE])
        decides = re.search(rf"{_JS_DECIDES}[^\n]*{place}|{place}[^\n]*{_JS_DECIDES}", short)
        if decides:
            yield "branches-on-input", number
    for code, variable, use in _TOUCHES:
        held = _with_names(text, rf"process\s*\.\s*env\s*(?:\.\s*|\[\s*['\"`]){variable}")
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(rf"\b{use}{held}", line[:LONGEST_LINE]):
                yield code, number


def _with_names(text: str, source: str) -> str:
    """A pattern for a source and for the names that are assigned straight from it."""
    names = set()
    for found in re.finditer(_JS_ASSIGNED, text):
        if re.search(source, found[0]) and not re.search(r"\b(?:read\w*|createReadStream)\s*\(", found[0]):
            names.update(re.findall(r"[\w$]+", found[1] or found[2] or ""))
    listed = [rf"(?<![\w$.]){re.escape(each)}(?![\w$])" for each in sorted(names - {"_", "__"})]
    return "(?:" + "|".join([source, *listed]) + ")"
