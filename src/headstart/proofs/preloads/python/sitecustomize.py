"""The hub's witness inside a Python run: imported by `site` before the harness, it watches by audit hooks.

It imports nothing of Headstart and nothing that is slow; what it needs it takes from C modules before the
harness can change anything, and it hides itself: the only reference to the hook is the interpreter's own list.
Every record carries a keyed digest; the key comes over standard input and is read before the harness starts.
What a harness could still do about it is written down in docs/design/proofs.md.
"""

# ruff: noqa: PLW0603, SLF001 - one process, one witness: its state is the module's
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

if True:  # one block, so that a hidden module leaves no half-made names behind
    import _signal  # type: ignore[import-not-found]
    import _thread
    import atexit
    import faulthandler
    import os
    import posix
    from _blake2 import blake2b
    from _json import encode_basestring_ascii as quoted
    from builtins import compile as compile_
    from functools import partial
    from types import CodeType, FrameType, ModuleType, TracebackType

getframe, audit, get_ident = sys._getframe, sys.audit, _thread.get_ident
str_, bytes_, type_, len_, id_, dict_ = str, bytes, type, len, id, dict
isinstance_, list_, tuple_, int_, repr_, BaseException_ = isinstance, list, tuple, int, repr, BaseException
any_, getattr_ = any, getattr
name_of = type.__dict__["__name__"].__get__  # a class's own name, whatever its metaclass says
line_of_ancestors = type.__dict__["__mro__"].__get__

MOST_RECORDS = 2000
MOST_FRAMES = 60
OUTRIGHT = frozenset({"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"})
MEDDLING = frozenset(
    {"sys.settrace", "sys.setprofile", "object.__setattr__", "code.__new__", "sys.addaudithook"}
)
STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"}
)
CHANGES = frozenset(
    {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "os.chmod"}
    | {"os.chown", "os.utime", "shutil.copyfile", "shutil.move", "shutil.rmtree", "shutil.unpack_archive"}
)
PROPERTY = "headstart_polluted"

key = b""
kind = ""
watched = ""  # the path that matters for this kind, or ""
watched_name = ""
target = ""
library: "tuple[str, ...]" = ()
logs = ""  # the name of the folder that holds them: a fresh word
descriptor = -1
counter = 0
busy: "set[int]" = set()
origins: "dict[int, tuple[CodeType, str]]" = {}  # code that has no file -> who made it run
real_code: "dict[str, object]" = {}  # file -> its code objects as compiled from the file
polluted_at_start: "set[int]" = set()


def write(event: str, detail: str, frames: str) -> None:
    """Append one signed record; never more than a bound."""
    global counter
    if counter >= MOST_RECORDS:
        return
    counter += 1
    told = f'"event":{quoted(event)},"detail":{quoted(detail[:600])},"frames":[{frames}]'
    body = f'{{"n":{counter},"pid":{posix.getpid()},{told}}}'
    raw = body.encode("utf-8", "replace")
    posix.write(descriptor, blake2b(raw, key=key, digest_size=16).hexdigest().encode() + b" " + raw + b"\n")


def whose(file: str) -> str:
    """`t` the target's folder, `l` the standard library, `h` anything else."""
    if file.startswith(target):
        return "t"
    if file.startswith(library) and "/site-packages/" not in file and "/dist-packages/" not in file:
        return "l"
    return "h"


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
    return not known or likeness(code) in known  # type: ignore[operator]


def read_code(file: str) -> "set[tuple[object, ...]]":
    """The likenesses of all the code in a file; empty where it can't be read."""
    try:
        handle = posix.open(file, posix.O_RDONLY)
        try:
            source = posix.read(handle, 8 << 20)
        finally:
            posix.close(handle)
        return {likeness(each) for each in all_code(compile_(source, file, "exec", 0, True, -1))}
    except BaseException_:
        return set()


def frame_place(code: CodeType) -> str:
    """Whose a frame is, by its code; "" where it says nothing (code without a file that nobody made run)."""
    file = code.co_filename
    if file[:1] == "<":
        return origins.get(id_(code), (code, ""))[1]
    place = whose(file)
    if place != "h" and not is_real(code):
        return "f"
    return place


def spell(pairs: "list[tuple[CodeType, int]]") -> str:
    """Frames as JSON, innermost first."""
    spelled = []
    for code, line in pairs[:MOST_FRAMES]:
        place = frame_place(code)
        if place:
            spelled.append(f'[{quoted(code.co_filename)},{line},{quoted(code.co_name)},"{place}"]')
    return ",".join(spelled)


def stack() -> "list[tuple[CodeType, int]]":
    """The frames of the thread that raised the event, without our own."""
    frame: FrameType | None = getframe(1)
    mine = frame.f_globals if frame else {}
    pairs: list[tuple[CodeType, int]] = []
    while frame is not None and len_(pairs) < 400:
        if frame.f_globals is not mine:
            pairs.append((frame.f_code, frame.f_lineno or 0))
        frame = frame.f_back
    return pairs


def trace(raised: "TracebackType | None") -> "list[tuple[CodeType, int]]":
    """The frames of a traceback, innermost first."""
    pairs: list[tuple[CodeType, int]] = []
    while raised is not None and len_(pairs) < 5000:
        pairs.append((raised.tb_frame.f_code, raised.tb_lineno))
        raised = raised.tb_next
    return pairs[::-1]


def innermost(pairs: "list[tuple[CodeType, int]]") -> str:
    """Whose the innermost frame outside the standard library is."""
    for code, _ in pairs:
        place = frame_place(code)
        if place not in ("", "l"):
            return place
    return ""


def plain(value: object) -> str:
    """A value's text, without running a method that the harness could have written."""
    if isinstance_(value, str_):
        return str_.__str__(value)
    if isinstance_(value, bytes_):
        copied: bytes = bytes_.__add__(b"", value)  # type: ignore[operator]
        return bytes_.decode(copied, "utf-8", "surrogateescape")
    if type_(value) in (list_, tuple_):
        return " ".join(plain(each) for each in value)  # type: ignore[attr-defined]
    if type_(value) is int_:
        return repr_(value)
    return ""


def path_text(value: object) -> object:
    """A path object's text; only the standard library's own classes are asked."""
    if name_of(type_(value)) != "PosixPath":
        return value
    methods = type_(value).__mro__
    code = getattr_(getattr_(methods[0], "__fspath__", None), "__code__", None)
    return os.fspath(value) if code is not None and frame_place(code) == "l" else value  # type: ignore[call-overload]


def real_path(path: str) -> str:
    """Where a path leads, links followed; the path itself where the kernel can't say."""
    head, _, name = path.rpartition("/")
    for there, rest in ((path, ""), (head or ("/" if path[:1] == "/" else "."), "/" + name)):
        try:
            handle = posix.open(there, posix.O_PATH)
        except OSError:
            continue
        try:
            return posix.readlink(f"/proc/self/fd/{handle}") + rest
        finally:
            posix.close(handle)
    return path


def touches(path: str) -> bool:
    """Whether a path is the watched one, or below it."""
    if not watched or not path:
        return False
    if watched_name in path and "\0" not in path:
        return True
    real = real_path(path)
    return real == watched or real.startswith(watched + "/")


def sees(event: str, args: "tuple[object, ...]") -> str:
    """The text that makes an event worth a record for this kind of proof, or ""."""
    if event in STARTS:
        return plain(args) or event
    if kind == "disclose" and event == "open":
        path = plain(path_text(args[0]))
        return path if touches(path) else ""
    if kind == "write":
        if event == "open":
            path = plain(path_text(args[0]))
            flags = args[2] if type_(args[2]) is int_ else 0
            writes = flags & (posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC)  # type: ignore[operator]
            return path if writes and touches(path) else ""
        if event in CHANGES:
            paths = [plain(path_text(each)) for each in args[:2]]
            return " ".join(paths) if any_(touches(each) for each in paths) else ""
    if kind == "execute" and event == "open" and watched_name in plain(args[0]):
        return plain(args[0])
    return ""


def polluted() -> "list[str]":
    """The classes that carry the property by now and did not at the start."""
    found, todo, seen = [], [object], set()
    while todo:
        for each in type_.__subclasses__(todo.pop()):
            if id_(each) in seen:
                continue
            seen.add(id_(each))
            todo.append(each)
            names = type_.__dict__["__dict__"].__get__(each)
            if PROPERTY in names and id_(each) not in polluted_at_start:
                polluted_at_start.add(id_(each))
                found.append(name_of(each))
    for name, module in dict_.copy(sys.modules).items():
        if (
            type_(module) is ModuleType
            and PROPERTY in module.__dict__
            and id_(module) not in polluted_at_start
        ):
            polluted_at_start.add(id_(module))
            found.append("module " + name)
    return found


def note_exception(kind_: object, value: object, raised: object) -> None:
    """Write down an exception that nobody caught: its class, the classes above it, and where it was raised."""
    names = [name_of(each) for each in line_of_ancestors(kind_)]
    frames = spell(trace(raised))  # type: ignore[arg-type]
    if kind_ in (SyntaxError, IndentationError, TabError):
        file = plain(value.filename)  # type: ignore[attr-defined]
        if whose(file) == "t":
            frames = f'[{quoted(file)},0,"<module>","t"]' + ("," + frames if frames else "")
    write("exception", names[0] + "\0" + " ".join(names), frames)


def remember(code: CodeType) -> None:
    """Note who made code run that names no file."""
    if type_(code) is CodeType and code.co_filename[:1] == "<":
        place = innermost(stack()) or "l"
        for each in all_code(code):
            origins[id_(each)] = (each, place)


def meddles(event: str, args: "tuple[object, ...]", pairs: "list[tuple[CodeType, int]]") -> bool:
    """Whether the harness reaches for the witness, or for what would fool it."""
    if event == "object.__setattr__" and (len_(args) < 2 or args[1] != "__code__"):
        return False
    if event == "open" and logs not in plain(args[0]) and "/proc/self/mem" not in plain(args[0]):
        return False
    return innermost(pairs) in ("h", "f")


def note_profile(args: "tuple[object, ...]") -> None:
    """After a call that can set an attribute by name: did it pollute a class that all code shares?"""
    if args[1] == "c_return" and getattr_(args[2], "__name__", "") in ("setattr", "__setattr__", "update"):
        for name in polluted():
            write("pollute", name, spell(stack()))


def note_end(_: "tuple[object, ...]") -> None:
    """When the harness has ended: what carries the property now?"""
    for name in polluted() if kind == "pollute" else ():
        write("polluted-at-end", name, "")
    write("end", "", "")


SPECIAL: "dict[str, Callable[[tuple[Any, ...]], None]]" = {
    "exec": lambda args: remember(args[0]),
    "function.__new__": lambda args: remember(args[0]),
    "headstart.profile": note_profile,
    "headstart.end": note_end,
    "sys.excepthook": lambda args: note_exception(args[1], args[2], args[3]),
}


def handle(event: str, args: "tuple[object, ...]") -> None:
    """Look at one audit event."""
    special = SPECIAL.get(event)
    if special is not None:
        special(args)
        return
    text = sees(event, args)
    if text:
        write(event, text, spell(stack()))
    if event in OUTRIGHT or event in MEDDLING or event == "open" or event.startswith("ctypes."):
        pairs = stack()
        if meddles(event, args, pairs):
            write("meddling", event, spell(pairs))


def hook(event: str, args: "tuple[object, ...]") -> None:
    """The audit hook: never raises, never runs inside itself."""
    if event in ("compile", "marshal.loads", "sys._getframe", "os.listdir", "os.scandir", "import"):
        return
    thread = get_ident()
    if thread in busy:
        return
    busy.add(thread)
    try:
        handle(event, args)
    except BaseException_:
        pass
    finally:
        busy.discard(thread)


def high(handle: int, spot: int) -> int:
    """Move a file descriptor out of the way."""
    posix.dup2(handle, spot, False)
    posix.close(handle)
    return spot


def start() -> None:
    """Read the hub's words from standard input, open the log, and begin to watch."""
    global key, kind, watched, watched_name, target, library, logs, descriptor
    words = posix.read(0, 8192).split(b"\n")
    if len_(words) < 7 or words[0] != b"headstart":
        return
    key = bytes_.fromhex(words[1].decode())
    kind, watched, target = (each.decode() for each in words[2:5])
    log, faults = words[5].decode(), words[6].decode()
    seconds = float(words[7])
    watched_name = watched.rpartition("/")[2] if kind == "execute" else watched
    logs = log.split("/")[-2]
    library = tuple_({str_(os.__file__).rpartition("/")[0] + "/", sys.base_prefix + "/lib/python"})
    sys.path[:] = [each for each in sys.path if "-packages" not in each or each.startswith(target)]
    mode = posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC
    spot = 300 + posix.urandom(1)[0] * 2
    descriptor = high(posix.open(log, mode, 0o666), spot)
    fault_file = high(posix.open(faults, mode, 0o666), spot + 1)
    faulthandler.enable(file=fault_file)
    if kind in ("hang", "exhaust"):
        _signal.signal(_signal.SIGPROF, _signal.SIG_IGN)  # what is put back when the interpreter ends
        faulthandler.register(_signal.SIGPROF, file=fault_file, all_threads=True, chain=False)
        _signal.setitimer(_signal.ITIMER_PROF, seconds, seconds)
    if kind == "pollute":
        polluted()
        atexit.register(audit, "headstart.end")
    write("start", "\0".join((sys.version.split()[0], *library)), "")
    sys.addaudithook(hook)
    if kind == "pollute":
        sys.setprofile(partial(audit, "headstart.profile"))


sys.modules[__name__] = ModuleType(__name__)  # the harness finds an empty module here
start()
