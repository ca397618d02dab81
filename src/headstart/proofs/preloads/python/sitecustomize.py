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
    from functools import partial
    from types import CodeType, FrameType, ModuleType

    import witness_hands  # type: ignore[import-not-found]
    import witness_paths  # type: ignore[import-not-found]
    import witness_stacks  # type: ignore[import-not-found]
    from witness_hands import handed, native_file
    from witness_paths import names_it, path_text, plain, touches
    from witness_stacks import (
        borrowed,
        entries,
        frame_place,
        frames_of,
        innermost,
        is_of_a_file,
        pairs_of,
        remember,
        spell,
        stack,
        trace,
        whose,
    )

getframe, audit, get_ident = sys._getframe, sys.audit, _thread.get_ident
str_, bytes_, type_, len_, id_, dict_ = str, bytes, type, len, id, dict
isinstance_, list_, tuple_, int_, repr_, BaseException_ = isinstance, list, tuple, int, repr, BaseException
any_, getattr_ = any, getattr
name_of = type.__dict__["__name__"].__get__  # a class's own name, whatever its metaclass says
line_of_ancestors = type.__dict__["__mro__"].__get__

MOST_RECORDS = 2000
MOST_CHECKS = 400  # looks at all classes, each of a few milliseconds
MOST_SETS = (
    100  # of these after a setter: a package that is imported sets a lot, and later looks must be left
)
SETTERS = frozenset({"setattr", "__setattr__", "update"})
OUTRIGHT = frozenset({"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"})
MEDDLING = frozenset(
    {"sys.settrace", "sys.setprofile", "object.__setattr__", "code.__new__", "sys.addaudithook"}
)
LIMITS = frozenset({"headstart.limit", "resource.setrlimit"})  # what makes harmless input crash
KILLS = frozenset({"headstart.kill", "os.kill", "os.killpg", "signal.pthread_kill"})
STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"}
)
CHANGES = frozenset(
    {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "os.chmod"}
    | {"os.chown", "os.utime", "shutil.copyfile", "shutil.move", "shutil.rmtree", "shutil.unpack_archive"}
    | {"sqlite3.connect", "headstart.make"}
)
PLANTS = frozenset({"os.link", "os.symlink"})
PROPERTY = "headstart_polluted"

key = b""
kind = ""
watched_name = ""  # what a path that matters for this kind holds
logs = ""  # the name of the folder that holds them: a fresh word
descriptor = -1
counter = 0
busy: "set[int]" = set()
polluted_at_start: "set[int]" = set()
checks = sets = 0
places: "dict[int, tuple[CodeType, str]]" = {}  # of code, as the profiler met it


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


def sees(event: str, args: "tuple[Any, ...]") -> "tuple[str, str]":
    """The event and the text that make it worth a record for this kind of proof; no text where it is not."""
    if event in STARTS:
        return event, plain(args) or event
    if event in PLANTS and kind in ("disclose", "write"):
        made, there = (plain(path_text(each)) for each in args[:2])
        return ("plant", there) if touches(made) and not touches(there) else sees_change(event, args)
    if event == "open" and kind in ("disclose", "write", "execute"):
        path = plain(path_text(args[0]))
        flags = args[2] if type_(args[2]) is int_ else 0
        if kind == "execute":
            return event, path if watched_name in path else ""
        if not touches(path):
            return event, ""
        writes = flags & (posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC)
        return (event if kind == "disclose" or writes else "look"), path
    return sees_change(event, args)


def sees_change(event: str, args: "tuple[Any, ...]") -> "tuple[str, str]":
    """The same for what changes a folder, or opens a file by a library of its own."""
    if event not in CHANGES or kind not in ("write", "disclose"):
        return event, ""
    paths = [plain(path_text(each)) for each in args[:2]]
    folder = next((each for each in args[2:] + args[1:2] if type_(each) is int_ and 0 <= each < 300), None)
    found = [each for each in paths if touches(each, folder)]
    return event, " ".join(paths) if found and (kind == "write" or event == "sqlite3.connect") else ""


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
    pairs = stack()
    if pairs:  # the interpreter tells of an uncaught exception when nothing runs any more
        write("meddling", "sys.excepthook", spell(pairs))
        return
    names = [name_of(each) for each in line_of_ancestors(kind_)]
    found = entries(raised)
    doubt = borrowed(value, found)
    if not doubt and handed([each.tb_frame for each in found], names_it):
        doubt = "u"
    frames = spell(trace(found), as_frame(doubt))
    if kind_ in (SyntaxError, IndentationError, TabError):
        file = plain(value.filename)  # type: ignore[attr-defined]
        if whose(file) == "t":
            frames = f'[{quoted(file)},0,"<module>","t"]' + ("," + frames if frames else "")
    write("exception", names[0] + "\0" + " ".join(names), frames)


def as_frame(doubt: str) -> str:
    """A frame that stands for what no frame shows: a callable that was handed over, a borrowed traceback."""
    return f'["<handed over>",0,"<handed over>","{doubt}"]' if doubt else ""


def may_meddle(event: str, args: "tuple[object, ...]") -> bool:
    """Whether it matters who does this: it reaches for the witness, or for what would fool it."""
    if event == "open":
        return logs in plain(args[0]) or "/proc/self/mem" in plain(args[0])
    if event == "object.__setattr__":
        return len_(args) > 1 and args[1] == "__code__"
    limits = event in LIMITS and kind in ("crash", "exhaust")
    return limits or event in OUTRIGHT or event in MEDDLING or event.startswith("ctypes.")


def library_loads(pairs: "list[Any]") -> bool:
    """Whether it is the standard library that does this by itself while one of its modules is imported."""
    for code, _, names, _ in pairs:
        place = frame_place(code, names)
        if place == "l" and code.co_name == "<module>":
            return True
        if place not in ("l", ""):
            return False
    return False


def note_profile(args: "tuple[Any, ...]") -> None:
    """At each call and return: what the target does by native code, and which side polluted a shared class."""
    global sets
    frame, what, native = args
    if what[:2] == "c_":
        file = native_file(native) if kind != "pollute" else ""
        if file and whose(file) == "t" and side(frame) == "h":
            write("native" if what == "c_call" else "native-end", file + "\0" + native.__name__, "")
        elif kind == "pollute" and what == "c_return" and native.__name__ in SETTERS and sets < MOST_SETS:
            sets += 1
            note_polluted(frame)
        return
    if kind != "pollute" or frame.f_back is None:
        return
    inside, outside = place_of(frame), side(frame.f_back)
    if inside not in ("", "l") and outside != inside:
        note_polluted(frame if what == "return" else frame.f_back)


def note_polluted(frame: FrameType) -> None:
    """Write down the classes that were polluted since the last look, as the doing of a frame."""
    global checks
    checks += 1
    if checks > MOST_CHECKS:
        return
    for name in polluted():
        frames = frames_of(frame)
        write("pollute", name, spell(pairs_of(frames), as_frame(handed(frames, names_it))))


def place_of(frame: FrameType) -> str:
    """Whose a frame is, remembered by its code."""
    code = frame.f_code
    known = places.get(id_(code))
    if known is None:
        known = places[id_(code)] = (code, frame_place(code, frame.f_globals))
    return known[1]


def side(frame: "FrameType | None") -> str:
    """Whose the first frame outside the standard library is, from a frame outwards."""
    while frame is not None:
        place = place_of(frame)
        if place not in ("", "l"):
            return place
        frame = frame.f_back
    return ""


def note_end(_: "tuple[object, ...]") -> None:
    """When the harness has ended: what it polluted itself since it last called the target."""
    mine = '["<the harness>",0,"<module>","h"]' if checks <= MOST_CHECKS else ""
    for name in polluted() if kind == "pollute" else ():
        write("pollute" if mine else "polluted-at-end", name, mine)
    write("end", "", "")


def note_code(args: "tuple[object, ...]") -> None:
    """Remember who made code run."""
    if type_(args[0]) is CodeType and not is_of_a_file(args[0]):
        remember(args[0], stack())


SPECIAL: "dict[str, Callable[[tuple[Any, ...]], None]]" = {
    "exec": note_code,
    "function.__new__": note_code,
    "headstart.profile": note_profile,
    "headstart.end": note_end,
    "sys.excepthook": lambda args: note_exception(args[1], args[2], args[3]),
    "headstart.thread": lambda _: write("thread", "", spell(stack())),
}


def handle(event: str, args: "tuple[Any, ...]") -> None:
    """Look at one audit event."""
    special = SPECIAL.get(event)
    if special is not None:
        special(args)
        return
    name, text = sees(event, args)
    if text:
        frames = frames_of(getframe(1))
        write(name, text, spell(pairs_of(frames), as_frame(handed(frames, names_it))))
    if kind == "crash" and event in KILLS:
        frames = frames_of(getframe(1))
        name = plain(args[0]) if event == "headstart.kill" else event
        write("kill", name, spell(pairs_of(frames), as_frame(handed(frames, names_it))))
    if may_meddle(event, args):
        pairs = stack()
        if innermost(pairs) in ("h", "f") and not library_loads(pairs):
            write("meddling", plain(args[0]) if event == "headstart.limit" else event, spell(pairs))


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


def tell(event: str, *places_: "tuple[object, str]") -> None:
    """Let native functions that raise no event of their own raise one."""
    for module, name in places_:
        original = getattr_(module, name, None)
        if original is not None:
            setattr(module, name, told(original, event, name))


def told(original: "Callable[..., Any]", event: str, name: str) -> "Callable[..., Any]":
    """A function that tells of its call first."""

    def call(*args: "Any", **more: "Any") -> "Any":
        audit(event, name if event != "headstart.make" else args[0], *args[1:2])
        return original(*args, **more)

    return call


def watch_quiet_functions() -> None:
    """What ends, limits, makes or starts without an audit event, for the kinds that need it."""
    tell("headstart.thread", (_thread, "start_new_thread"), (_thread, "start_new"))
    if kind == "crash":
        tell("headstart.kill", (posix, "abort"), (os, "abort"), (_signal, "raise_signal"))
        faults = ("_sigsegv", "_sigabrt", "_sigfpe", "_read_null", "_stack_overflow", "_fatal_error_c_thread")
        tell("headstart.kill", *((faulthandler, name) for name in faults))
    if kind in ("crash", "exhaust"):
        tell("headstart.limit", (sys, "setrecursionlimit"), (_thread, "stack_size"))
    if kind == "write":
        tell("headstart.make", *((each, name) for each in (posix, os) for name in ("mkfifo", "mknod")))


def high(handle: int, spot: int) -> int:
    """Move a file descriptor out of the way."""
    posix.dup2(handle, spot, False)
    posix.close(handle)
    return spot


def start() -> None:
    """Read the hub's words from standard input, open the log, and begin to watch."""
    global key, kind, watched_name, logs, descriptor
    words = posix.read(0, 8192).split(b"\n")
    if len_(words) < 9 or words[0] != b"headstart":
        return
    key = bytes_.fromhex(words[1].decode())
    kind, watched, target = (each.decode() for each in words[2:5])
    log, faults = words[5].decode(), words[6].decode()
    seconds = float(words[7])
    watched_name = watched.rpartition("/")[2] if kind == "execute" else watched
    witness_paths.watched, witness_paths.watched_name = watched, watched_name
    if kind == "disclose":
        seen = posix.stat(watched)
        witness_paths.watched_id = (seen.st_dev, seen.st_ino)
    logs = log.split("/")[-2]
    library = tuple_({str_(os.__file__).rpartition("/")[0] + "/", sys.base_prefix + "/lib/python"})
    witness_stacks.target, witness_stacks.library = target, library
    witness_stacks.own[:] = [globals(), vars(witness_stacks), vars(witness_hands), vars(witness_paths)]
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
    watch_quiet_functions()
    sys.addaudithook(hook)
    if kind == "pollute" or (kind == "crash" and words[8] == b"native"):
        sys.setprofile(partial(audit, "headstart.profile"))


sys.modules[__name__] = ModuleType(__name__)  # the harness finds an empty module here
del sys.modules["witness_hands"], sys.modules["witness_paths"], sys.modules["witness_stacks"]
start()
