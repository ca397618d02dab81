"""What a harness handed to the target that the target could call for it without a frame of the harness's own.

`leaky.each(functools.partial(open, secret))` shows the target's frames alone. So the arguments of the target's
function that the harness called are looked through, to a small depth, for such callables. No method of an object
that the harness could have written is run here.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

if True:  # one block, so that nothing is taken before the harness could change it
    import _operator
    from functools import partial
    from types import (
        BuiltinFunctionType,
        FunctionType,
        GetSetDescriptorType,
        MethodType,
        MethodWrapperType,
        ModuleType,
    )

    from witness_stacks import frame_place, own  # type: ignore[import-not-found]

type_, len_, id_, str_, list_, tuple_, dict_, any_ = type, len, id, str, list, tuple, dict, any
mro_of = type.__dict__["__mro__"].__get__
names_of = type.__dict__["__dict__"].__get__
name_of = type.__dict__["__name__"].__get__
module_of = type.__dict__["__module__"].__get__
self_of = BuiltinFunctionType.__dict__["__self__"].__get__
wrapped_by = MethodWrapperType.__dict__["__self__"].__get__
func_of, args_of = partial.__dict__["func"].__get__, partial.__dict__["args"].__get__
MOST, DEEPEST = 300, 3
LAZY = frozenset({map, filter, zip, _operator.methodcaller, _operator.attrgetter, _operator.itemgetter})
HANDY = frozenset(
    {"posix", "os", "_posixsubprocess", "subprocess", "io", "_io", "pathlib", "shutil", "zipfile", "tarfile"}
    | {
        "tempfile",
        "runpy",
        "importlib",
        "pickle",
        "_pickle",
        "marshal",
        "webbrowser",
        "pty",
        "multiprocessing",
    }
    | {
        "codecs",
        "_codecs",
        "fileinput",
        "linecache",
        "mmap",
        "sqlite3",
        "ctypes",
        "_ctypes",
        "signal",
        "_signal",
    }
    | {"faulthandler", "_thread"}
)
PLAIN = frozenset(
    {
        "print",
        "len",
        "repr",
        "str",
        "sorted",
        "id",
        "hash",
        "abs",
        "min",
        "max",
        "sum",
        "ord",
        "chr",
        "isinstance",
    }
    | {
        "issubclass",
        "callable",
        "format",
        "bin",
        "hex",
        "round",
        "divmod",
        "pow",
        "all",
        "any",
        "iter",
        "next",
    }
    | {"getattr", "hasattr"}
)


def boundary(frames: "list[FrameType]") -> "FrameType | None":
    """The target's frame that a frame of the harness called; frames are innermost first."""
    last = None
    for frame in frames:
        place = frame_place(frame.f_code, frame.f_globals)
        if place in ("h", "f"):
            return last
        if place == "t":
            last = frame
    return None


def arguments(frame: "FrameType") -> "list[Any]":
    """What a function was called with, as far as its names still hold it."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    held = frame.f_locals
    return [held[name] for name in code.co_varnames[:count] if name in held]


def handed(frames: "list[FrameType]", names_it: "Callable[[object], bool]") -> str:
    """`h` where the target was given a callable that already names the watched path, `u` any other handy one."""
    frame = boundary(frames)
    if frame is None:
        return ""
    found = ""
    for value in reach(arguments(frame)):
        if handy(value):
            if any_(names_it(each) for each in bound(value)):
                return "h"
            found = "u"
    return found


def reach(values: "list[Any]") -> "Iterator[Any]":
    """The values and what they hold, breadth first."""
    seen: set[int] = set()
    level = values
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if id_(value) in seen or len_(seen) >= MOST:
                continue
            seen.add(id_(value))
            yield value
            below.extend(inside(value))
        level = below


def inside(value: "Any") -> "list[Any]":
    """The elements of a plain container, what a partial holds, or the attributes of an object."""
    kind = type_(value)
    if kind in (list_, tuple_):
        return list_(value[:MOST])
    if kind is dict_:
        return list_(dict_.values(value))[:MOST]
    if partial in mro_of(kind):
        return [func_of(value), *args_of(value)]
    if kind in (str_, bytes, int, float, ModuleType, FunctionType) or kind is type_:
        return []
    for klass in mro_of(kind):
        descriptor = names_of(klass).get("__dict__")
        if type_(descriptor) is GetSetDescriptorType:
            attributes = descriptor.__get__(value)
            return list_(dict_.values(attributes))[:MOST] if type_(attributes) is dict_ else []
    return []


def bound(value: "Any") -> "list[Any]":
    """What a callable will be called with, or on."""
    kind = type_(value)
    if partial in mro_of(kind):
        return list_(reach(list_(args_of(value))))
    if kind is MethodType:
        return [value.__self__]
    return []


def handy(value: "Any") -> bool:
    """Whether a value is a callable of the standard library that can do a deed, and shows no frame of its maker's."""
    kind = type_(value)
    if kind in LAZY or module_of(kind) == "itertools":
        return True
    if partial in mro_of(kind):
        return not shows(func_of(value))
    judge = BY_KIND.get(kind)
    if judge is not None:
        return judge(value)
    return kind is type_ and module_of(value) in HANDY and BaseException not in mro_of(value)


def handy_builtin(value: "Any") -> bool:
    """A native function: by its module, or by what it is bound to."""
    on = self_of(value)
    if type_(on) is not ModuleType:
        return handy(on)
    name = on.__dict__.get("__name__")
    return name in HANDY or (name == "builtins" and value.__name__ not in PLAIN)


def handy_method(value: "Any") -> bool:
    """A bound method of the standard library: by the class of what it is bound to."""
    return not shows(value) and module_of(type_(value.__self__)) in HANDY


def handy_function(value: "Any") -> bool:
    """A Python function of the standard library, or one of the witness's own that stands for a native one."""
    names = value.__globals__
    if any_(names is each for each in own):
        return True
    return not shows(value) and names.get("__name__", "").partition(".")[0] in HANDY


BY_KIND: "dict[type, Callable[[Any], bool]]" = {
    BuiltinFunctionType: handy_builtin,
    MethodWrapperType: lambda value: handy(wrapped_by(value)),
    MethodType: handy_method,
    FunctionType: handy_function,
}


def shows(value: "Any") -> bool:
    """Whether a callable is Python code outside the standard library, so that its frame will tell whose it is."""
    if type_(value) is MethodType:
        value = value.__func__
    if type_(value) is not FunctionType:
        return False
    return frame_place(value.__code__, value.__globals__) not in ("l", "")


def native_file(function: "Any") -> str:
    """The file of the extension module that a native function belongs to, or ""."""
    if type_(function) is not BuiltinFunctionType:
        return ""
    on = self_of(function)
    if on is None:  # Rust's and others' are bound to nothing; the standard library's own never are
        on = dict_.get(sys.modules, function.__module__)
    elif type_(on) is not ModuleType:
        on = dict_.get(sys.modules, str_(module_of(type_(on))))
    file = on.__dict__.get("__file__") if type_(on) is ModuleType else None
    return str_(file) if type_(file) is str_ else ""
