"""Whether a harness computes in a pattern of the target's: a regular expression that it has not made itself.

Matching is native code of the language's own and shows no frame, so the harness's line stands innermost. Where no
code of the report's can make a pattern, the one that it matches came from the target, or from a person's eye away.
"""

import ast
import re
from collections.abc import Mapping, Sequence

from headstart.proofs.rules.evidence import Frame, Place

SHARE = 0.8  # of the samples that have to stand on one line
_PYTHON_METHODS = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
_PYTHON_MAKERS = frozenset(
    {"re", "regex", "compile", "eval", "exec", "sre_compile", "fnmatch", "glob", "importlib", "__import__",
     "modules", "ctypes", "pickle", "marshal", "template"}
)  # fmt: skip
_JS_METHODS = re.compile(r"\.\s*(?:match|matchAll|test|exec|replace|replaceAll|search|split)\s*\(")
_JS_MAKERS = re.compile(
    r"\bRegExp\b|\beval\b|\bFunction\b|\bvm\b|\bconstructor\b|\bimport\s*\(|\)\s*[+*{][^\n]{0,200}['\"`]"
    r"|(?:^|[(,=:\[!&|?{};+]|\breturn)\s*/(?![*/])(?:\\.|[^/\\\n]){1,2000}/[dgimsuvy]{0,8}(?![\w/])",
    re.MULTILINE,
)


def is_borrowed(stacks: Sequence[tuple[Frame, ...]], code: Mapping[str, str]) -> bool:
    """Whether the samples stand on one line of the harness that matches, and none of its code makes a pattern.

    `stacks`: each innermost first; `code`: the report's own code by the path as the run saw it.
    """
    tops = [(stack[0].file, stack[0].line) for stack in stacks if stack and stack[0].place is Place.HARNESS]
    if not tops:
        return False
    file, line = max(set(tops), key=tops.count)
    if tops.count((file, line)) < SHARE * len(stacks) or file not in code:
        return False
    return _matches(file, code[file], line) and not any(_makes(path, text) for path, text in code.items())


def _matches(path: str, text: str, line: int) -> bool:
    if not path.endswith(".py"):
        lines = text.split("\n")
        return 0 < line <= len(lines) and _JS_METHODS.search(lines[line - 1]) is not None
    return any(
        isinstance(node.func, ast.Attribute) and node.func.attr in _PYTHON_METHODS
        for node in ast.walk(_tree(text))
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno)
    )


def _makes(path: str, text: str) -> bool:
    if not path.endswith(".py"):
        return _JS_MAKERS.search(text) is not None
    return any(set(_names(node)) & _PYTHON_MAKERS for node in ast.walk(_tree(text)))


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [part for each in node.names for part in each.name.split(".")]
        case ast.ImportFrom():
            return [*(node.module or "").split("."), *(each.name for each in node.names)]
        case ast.Attribute():
            return [node.attr]
        case ast.Name():
            return [node.id]
        case ast.Constant(value=str()):
            return [str(node.value)]
        case _:
            return []


def _tree(text: str) -> ast.AST:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse("compile")  # what can't be read may make anything
