"""Whose code runs: stacks and tracebacks, each frame held against the file that it names.

Part of the hub's witness (`sitecustomize.py`); it keeps nothing secret and is of no use without it.
"""

# ruff: noqa: SLF001 - one process, one witness: its state is the module's
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any


if True:  # one block, so that nothing is taken before the harness could change it
    import posix
    from _frozen_importlib_external import MAGIC_NUMBER as magic  # noqa: N811
    from _json import encode_basestring_ascii as quoted
    from builtins import compile as compile_
    from marshal import loads
    from opcode import opmap
    from types import CodeType

    if TYPE_CHECKING:
        Pair = tuple[
            CodeType, int, dict[str, Any], int
        ]  # with the names it runs with, the instruction's offset

getframe, cache_tag = sys._getframe, sys.implementation.cache_tag
type_, len_, id_, set_, str_, any_, BaseException_ = type, len, id, set, str, any, BaseException

MOST_FRAMES = 60
MASK = 0xFFFFFFFF
SHORTEST = 12  # bytes of code: what is shorter stands for a native function, and does nothing
RAISE, RESUME, YIELD = opmap["RAISE_VARARGS"], opmap.get("RESUME", -1), opmap["YIELD_VALUE"]

target = ""
library: "tuple[str, ...]" = ()
own: "list[dict[str, object]]" = []  # the names of the witness's own modules
origins: "dict[int, tuple[CodeType, str]]" = {}  # code that no import made -> who made it run
real_code: "dict[str, object]" = {}  # file -> its code objects as compiled from the file


def whose(file: str) -> str:
    """`t` the target's folder, `l` the standard library, `h` anything else."""
    if "/.." in file:  # a way through the target's folder need not end there
        file = real_path(file)
    if file.startswith(target):
        return "t"
    if file.startswith(library) and "/site-packages/" not in file and "/dist-packages/" not in file:
        return "l"
    return "h"


def real_path(file: str) -> str:
    """Where a path leads, links followed; "" where that can't be told."""
    try:
        handle = posix.open(file, posix.O_PATH)
        try:
            return posix.readlink(f"/proc/self/fd/{handle}")
        finally:
            posix.close(handle)
    except BaseException_:
        return ""


def all_code(code: CodeType) -> "list[CodeType]":
    """A code object and every one inside it."""
    found, at = [code], 0
    while at < len_(found):
        found.extend(const for const in found[at].co_consts if type_(const) is CodeType)
        at += 1
    return found


def likeness(code: CodeType) -> "tuple[object, ...]":
    """What makes two code objects the same code."""
    return (code.co_name, code.co_firstlineno, code.co_code, code.co_names, code.co_varnames)


def is_real(code: CodeType) -> bool:
    """Whether the file that a code object names really holds this code: file names can be made up."""
    file = code.co_filename
    known = real_code.get(file)
    if known is None:
        known = real_code[file] = read_code(file)
    return known is True or likeness(code) in known  # type: ignore[operator]


def read_code(file: str) -> object:
    """The likenesses of all the code in a file; True where only its compiled form is there."""
    try:
        whole = kept_code(file) if whose(file) == "l" else None
        if whole is None:
            whole = compile_(read_file(file), file, "exec", 0, True, -1)
        return {likeness(each) for each in all_code(whole)}
    except BaseException_:
        return whose(file) != "h" and is_there(file + "c")


def read_file(file: str) -> bytes:
    """What a file holds, as far as a module's does."""
    handle = posix.open(file, posix.O_RDONLY)
    try:
        return posix.read(handle, 8 << 20)
    finally:
        posix.close(handle)


def kept_code(file: str) -> "CodeType | None":
    """What the interpreter keeps of a library's file, compiled: no run can write there, and reading is quicker."""
    folder, _, name = file.rpartition("/")
    try:
        kept = read_file(f"{folder}/__pycache__/{name[:-3]}.{cache_tag}.pyc")
        seen = posix.stat(file)
    except BaseException_:
        return None
    stamp = b"".join(
        (each & MASK).to_bytes(4, "little") for each in (seen.st_mtime_ns // 10**9, seen.st_size)
    )
    return loads(kept[16:]) if kept[:16] == magic + b"\0\0\0\0" + stamp else None  # noqa: S302


def is_there(file: str) -> "bool | set[object]":
    """True where there is such a file, and no code at all where there is none."""
    try:
        posix.stat(file)
    except BaseException_:
        return set_()
    return True


def frame_place(code: CodeType, names: "dict[str, object] | None" = None) -> str:
    """Whose a frame is, by its code; "" where it says nothing (the import machinery)."""
    file = code.co_filename
    made = origins.get(id_(code))
    if file[:1] != "/":
        if made is not None:
            return made[1]
        if file[:8] == "<frozen ":
            return ""
        return native_place(code, names) or "h"
    place = whose(file)
    if place == "h":
        return "t" if made is not None and made[1] == "t" and not is_real(code) else "h"
    if is_real(code):
        return place
    return made[1] if made is not None else "f"


def native_place(code: CodeType, names: "dict[str, object] | None") -> str:
    """Whose a frame is that stands for a native function: its module's file tells."""
    if names is None or len_(code.co_code) >= SHORTEST:
        return ""
    file = names.get("__file__")
    return whose(file) if type_(file) is str_ else ""  # type: ignore[arg-type]


def spell(pairs: "list[Pair]", first: str = "") -> str:
    """Frames as JSON, innermost first; `first` is one that is put before them."""
    spelled = [first] if first else []
    for code, line, names, _ in pairs[:MOST_FRAMES]:
        place = frame_place(code, names)
        if place:
            spelled.append(f'[{quoted(code.co_filename)},{line},{quoted(code.co_name)},"{place}"]')
    return ",".join(spelled)


def frames_of(frame: "FrameType | None") -> "list[FrameType]":
    """A frame and those that called it, without the witness's own."""
    found: list[FrameType] = []
    while frame is not None and len_(found) < 400:
        names = frame.f_globals
        if not [each for each in own if each is names]:
            found.append(frame)
        frame = frame.f_back
    return found


def pairs_of(frames: "list[FrameType]") -> "list[Pair]":
    """What a record keeps of frames."""
    return [(each.f_code, each.f_lineno or 0, each.f_globals, each.f_lasti) for each in frames]


def stack() -> "list[Pair]":
    """The frames of the thread that raised the event, without our own."""
    return pairs_of(frames_of(getframe(1)))


def entries(raised: "TracebackType | None") -> "list[TracebackType]":
    """The entries of a traceback, innermost first."""
    found: list[TracebackType] = []
    while raised is not None and len_(found) < 5000:
        found.append(raised)
        raised = raised.tb_next
    return found[::-1]


def trace(found: "list[TracebackType]") -> "list[Pair]":
    """What a record keeps of a traceback."""
    return [(each.tb_frame.f_code, each.tb_lineno, each.tb_frame.f_globals, each.tb_lasti) for each in found]


def innermost(pairs: "list[Pair]") -> str:
    """Whose the innermost frame outside the standard library is."""
    for code, _, names, _ in pairs:
        place = frame_place(code, names)
        if place not in ("", "l"):
            return place
    return ""


def is_of_a_file(code: CodeType) -> bool:
    """Whether code names a file of the target's or the library's, which it is held against when it matters."""
    file = code.co_filename
    return file[:1] == "/" and file[-3:] == ".py" and whose(file) != "h"


def remember(code: CodeType, pairs: "list[Pair]") -> None:
    """Note who made code run that no import loads from a file."""
    place = innermost(pairs) or "l"
    for each in all_code(code):
        origins[id_(each)] = (each, place)


def opcode_at(pair: "Pair") -> "tuple[int, int]":
    """The instruction that a frame was at, and its argument."""
    code, at = pair[0].co_code, pair[3]
    return (code[at], code[at + 1]) if 0 <= at < len_(code) - 1 else (-1, 0)


def borrowed(value: object, found: "list[TracebackType]") -> str:
    """`u` or `h` where a traceback is not the story of its exception, else "".

    An exception that the harness raises with the traceback of another shows the harness's `raise` above frames
    that it never reached; one that is thrown into a generator stops at a `yield`.
    """
    pairs = trace(found)
    for at, pair in enumerate(pairs[1:], 1):
        if opcode_at(pair)[0] == RAISE and frame_place(pair[0], pair[2]) in ("h", "f"):
            inner = found[at - 1].tb_frame
            return "h" if inner_of_another(value, inner) else "u"
    op, arg = opcode_at(pairs[0]) if pairs else (-1, 0)
    return "u" if op == YIELD or (op == RESUME and arg & 3) else ""


def inner_of_another(value: object, frame: "FrameType") -> bool:
    """Whether an exception that this one came after has the same frame: then the frame's story is that one's."""
    for name in ("__context__", "__cause__"):
        other = BaseException_.__dict__[name].__get__(value)
        if other is not None and any_(
            each.tb_frame is frame
            for each in entries(BaseException_.__dict__["__traceback__"].__get__(other))
        ):
            return True
    return False
