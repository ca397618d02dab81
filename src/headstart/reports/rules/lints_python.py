"""Lints on Python harnesses, on the syntax tree: values that come from the input's path or the hub's variables
are followed through plain assignments."""

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from headstart.reports.rules.flags import FORBIDDEN, MARKER, POLLUTED, SANITIZER, SECRET, VERSION, Flag, flag

STANDARD = sys.stdlib_module_names
_FAKES = re.compile(SANITIZER)
_TIES = {"partial", "methodcaller", "partialmethod"}
_DEEDS = {
    "open", "exec", "eval", "system", "popen", "call", "run", "Popen", "check_call", "check_output", "execv", "abort",
}  # fmt: skip
PLACE = "place"
_SOURCES = {SECRET: "secret", MARKER: "marker", FORBIDDEN: "forbidden"}
_VERSION = re.compile(VERSION)
_READS = {"open", "read", "read_text", "read_bytes", "fopen", "fdopen", "readlines"}
_RUNS = {
    "run", "Popen", "call", "check_call", "check_output", "system", "popen", "execv", "execve", "execvp", "execl",
    "execlp", "spawnv", "spawnl", "spawnlp", "posix_spawn", "startfile", "create_subprocess_exec",
    "create_subprocess_shell", "getoutput",
}  # fmt: skip
_WRITES = {
    *_READS, "write_text", "write_bytes", "touch", "mkdir", "makedirs", "unlink", "remove", "rename", "replace",
    "copy", "copyfile", "copy2", "copytree", "move", "rmtree", "symlink", "symlink_to", "link", "mknod", "chdir",
}  # fmt: skip
_FILLS = {"write_text", "write_bytes"}  # what they write is content, and says nothing of where
_SLEEPS = {"sleep", "pause", "sigwait", "wait", "wait_for"}
_LOOKS = {"listdir", "scandir", "walk", "glob", "iglob", "rglob", "iterdir"}
_HIDES = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "import_module",
    "b64decode",
    "a85decode",
    "unhexlify",
    "exec_module",
}
_ACTS = {
    "abort", "_exit", "kill", "raise_signal", "killpg", "pthread_kill", "string_at", "memset", "setrlimit",
    "setrecursionlimit", "stack_size", "_sigsegv", "_sigabrt", "_sigfpe", "_read_null", "_stack_overflow", "throw",
    "with_traceback",
}  # fmt: skip
_VERSIONS = {"__version__", "version_info", "get_distribution", "VERSION"}


@dataclass(frozen=True, slots=True)
class _Names:
    """What the file's names hold."""

    kinds: dict[str, set[str]]
    """Names whose value comes from the input's path, or from one of the hub's variables."""
    foreign: set[str]
    """Modules outside the standard library, and what was made by calling them: what they answer is the target's."""
    imported: frozenset[str] = frozenset()
    """The names that imports of them bound: modules, and what was taken from them."""

    def of_call(self, node: ast.Call) -> bool:
        """Whether a call goes to the target."""
        root: ast.AST = node.func
        while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
            root = root.func if isinstance(root, ast.Call) else root.value
        return isinstance(root, ast.Name) and root.id in self.foreign


def lint(path: str, text: str) -> tuple[list[Flag], set[str]]:
    """The flags of a file, and the dotted names that it imports."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [flag("broken", path)], set()
    held = _names(tree)
    found = [flag(code, path, line) for node in ast.walk(tree) for code, line in _look(node, held)]
    keyed = _keyed(tree)
    found += [
        flag("reads-environment", path, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "environ" and id(node) not in keyed
    ]
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    if "metadata" in {name.rpartition(".")[2] for name in imported} or "pkg_resources" in imported:
        found.append(flag("names-version", path))
    if "ctypes" in imported or "marshal" in imported:
        found.append(flag("hides-code", path))
    return found, imported


def _look(node: ast.AST, held: _Names) -> Iterator[tuple[str, int]]:
    """The codes that one node earns, with its line."""
    line = int(getattr(node, "lineno", 0))
    if isinstance(node, ast.Call):
        yield from ((code, line) for code in _of_call(node, held))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from ((code, line) for code in _of_text(node.value))
    if isinstance(node, ast.Attribute) and node.attr in _VERSIONS:
        yield "names-version", line
    if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
        yield "loops-forever", line
    if isinstance(node, ast.Raise | ast.Assert):
        yield "acts-itself", line
    if _changes_target(node, held):
        yield "changes-target", line
    decided = _decided(node)
    if decided is not None and PLACE in _holds(decided, held):
        yield "branches-on-input", line


def _of_text(text: str) -> Iterator[str]:
    if _VERSION.search(text):
        yield "names-version"
    if _FAKES.search(text):
        yield "fakes-report"
    if POLLUTED in text or "__proto__" in text:
        yield "pollutes-itself"


def _changes_target(node: ast.AST, held: _Names) -> bool:
    """Whether an attribute of the target's modules or classes is set: `leaky.limit = 0`, `setattr(leaky, …)`."""
    places: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        places = [each.value for each in targets if isinstance(each, ast.Attribute)]
    elif isinstance(node, ast.Call) and _called(node) in {"setattr", "object", "setitem"} and node.args:
        places = node.args[:1]
    return any(_root(place) in held.imported for place in places)


def _root(place: ast.expr) -> str:
    """The name that a chain of attributes and keys begins with."""
    while isinstance(place, ast.Attribute | ast.Subscript):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def _hands_callable(values: list[ast.expr]) -> bool:
    """Whether an argument is a function of the standard library that can do a deed, or is tied to its arguments."""
    for value in values:
        if isinstance(value, ast.Call) and _called(value) in _TIES:
            return True
        name = (
            value.id
            if isinstance(value, ast.Name)
            else value.attr
            if isinstance(value, ast.Attribute)
            else ""
        )
        if name in _DEEDS:
            return True
    return False


def _of_call(node: ast.Call, held: _Names) -> Iterator[str]:
    name = "" if held.of_call(node) else _called(node)
    values = [*node.args, *(each.value for each in node.keywords)]
    if isinstance(node.func, ast.Attribute):
        values = [node.func.value] if name in _FILLS else [*values, node.func.value]
    given = {each for value in values for each in _holds(value, held)}
    if held.of_call(node) and _hands_callable([*node.args, *(each.value for each in node.keywords)]):
        yield "hands-callable"
    if name in _READS and "secret" in given:
        yield "touches-secret"
    if name in _RUNS and "marker" in given:
        yield "touches-marker"
    is_text = name == "replace" and len(node.args) > 1  # str.replace, not Path.replace
    if name in _WRITES and "forbidden" in given and not is_text:
        yield "touches-forbidden"
    if name in _SLEEPS:
        yield "sleeps"
    if name in _LOOKS:
        yield "looks-around"
    if name in _HIDES and not (isinstance(node.func, ast.Attribute) and name == "compile"):
        yield "hides-code"
    if name in _ACTS:
        yield "acts-itself"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _decided(node: ast.AST) -> ast.AST | None:
    """What a node decides by: the test of a branch, the subject of a match, a comparison, a key looked up."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return node.test
    if isinstance(node, ast.Match):
        return node.subject
    if isinstance(node, ast.Compare):
        return node
    return None


def _names(tree: ast.AST) -> _Names:
    imported = {each for node in ast.walk(tree) for each in _bound_by_import(node)}
    names = _Names({}, set(imported), frozenset(imported))
    functions = {each.name: each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
    for _ in range(4):  # a chain of assignments in any order of lines, to that length
        before = {name: set(kinds) for name, kinds in names.kinds.items()}
        for node in ast.walk(tree):
            for name, value in (*_assigned(node), *_passed(node, functions)):
                if isinstance(value, ast.Call) and names.of_call(value):
                    names.foreign.add(name)
                if kinds := _holds(value, names):
                    names.kinds.setdefault(name, set()).update(kinds)
        if names.kinds == before:
            break
    return names


def _bound_by_import(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for each in node.names:
            if each.name.partition(".")[0] not in STANDARD:
                yield each.asname or each.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] not in STANDARD:
        yield from (each.asname or each.name for each in node.names)


def _passed(node: ast.AST, functions: dict[str, ast.FunctionDef]) -> Iterator[tuple[str, ast.AST]]:
    """What a call to a function of the same file gives to its parameters."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
        wanted = [each.arg for each in functions[node.func.id].args.args]
        yield from zip(wanted, node.args, strict=False)
        yield from ((each.arg, each.value) for each in node.keywords if each.arg)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    targets: list[ast.AST] = []
    value: ast.AST | None = None
    if isinstance(node, ast.Assign):
        targets = [part for each in node.targets for part in getattr(each, "elts", [each])]
        value = node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign):
        targets, value = [node.target], node.value
    elif isinstance(node, ast.For):
        targets, value = [node.target], node.iter
    if value is not None:
        yield from ((each.id, value) for each in targets if isinstance(each, ast.Name))


def _holds(value: ast.AST, held: _Names) -> set[str]:
    """What a value is made from. Content that was read and the target's answers tell no place; nor does `len`."""
    kinds: set[str] = set()
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and _called(node) in {*_READS, "len"} and not held.of_call(node):
            continue
        if isinstance(node, ast.Call) and held.of_call(
            node
        ):  # the target's answer may hold what it was given
            given = [*node.args, *(each.value for each in node.keywords)]
            kinds |= {kind for each in given for kind in _holds(each, held)} - {PLACE}
            continue
        if isinstance(node, ast.Name):
            kinds |= held.kinds.get(node.id, set())
            if node.id == "__file__":
                kinds.add(PLACE)
        elif isinstance(node, ast.Attribute) and node.attr == "argv":
            kinds.add(PLACE)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _SOURCES:
            kinds.add(_SOURCES[node.value])
        waiting.extend(ast.iter_child_nodes(node))
    return kinds


def _keyed(tree: ast.AST) -> set[int]:
    """The places where `os.environ` is asked for one variable: `environ["X"]`, `environ.get("X")`."""
    asked = [node.value for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    asked += [
        node.func.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"get", "pop"}
    ]
    return {id(each) for each in asked}


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{each.name}" for each in node.names)
