"""Paths that a run names: read without running a method of the harness's, and whether they lead where the hub looks.

Part of the hub's witness (`sitecustomize.py`).
"""

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

if True:  # one block, so that nothing is taken before the harness could change it
    from os import fspath

    from witness_stacks import frame_place  # type: ignore[import-not-found]

str_, bytes_, type_, int_, list_, tuple_ = str, bytes, type, int, list, tuple
isinstance_, repr_, getattr_ = isinstance, repr, getattr
name_of = type.__dict__["__name__"].__get__  # a class's own name, whatever its metaclass says

watched = ""  # the path that matters for this kind, or ""
watched_name = ""
watched_id = (-1, -1)  # its device and number on it


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
    return fspath(value) if code is not None and frame_place(code) == "l" else value  # type: ignore[call-overload]


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


def touches(path: str, folder: object = None) -> bool:
    """Whether a path is the watched one, or below it, or the same file by another name."""
    if not watched or not path:
        return False
    if watched_name in path and "\0" not in path:
        return True
    if type_(folder) is int_ and folder >= 0 and path[:1] != "/":  # type: ignore[operator]
        path = f"/proc/self/fd/{folder}/{path}"
    real = real_path(path)
    if real == watched or real.startswith(watched + "/"):
        return True
    try:
        seen = posix.stat(path)
    except (OSError, ValueError):
        return False
    return (seen.st_dev, seen.st_ino) == watched_id


def names_it(value: object) -> bool:
    """Whether a value names the watched path; nothing that it could have written itself is run."""
    text = plain(path_text(value))
    return watched_name in text if watched_name and text else touches(text)
