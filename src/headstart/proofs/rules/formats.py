"""Each format of an input: told by its content, its parts, and where its text is free.

Every pattern here takes time in proportion to what it reads, for the input is somebody else's.
"""

import re
from collections.abc import Callable, Sequence

from headstart.proofs.rules.outlines import Format, Outline, Unit

LARGEST_TEXT = 1 << 20  # what is larger is cut up as bytes
MOST_UNITS = 20_000


def format_of(data: bytes) -> Format:
    """What an input is, told by its content, never by its name."""
    if len(data) > LARGEST_TEXT or not is_text(data):
        return Format.BYTES
    for kind, (looks, units) in KINDS.items():
        if looks(data) and units(data):
            return kind
    return Format.TEXT


def outline(data: bytes, kind: Format | None = None) -> Outline:
    """The units of an input, of the format that its content shows (or of `kind`)."""
    kind = kind or format_of(data)
    found = KINDS[kind][1](data) if kind in KINDS else brackets(data) if kind is Format.TEXT else None
    return Outline(data=data, format=kind, units=tuple(found or ())[:MOST_UNITS])


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without control characters other than white space."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", data)


JSON_WORD = re.compile(
    rb'[ \t\r\n]*(?:(?P<mark>[][{},:])|(?P<word>"(?:[^"\\\x00-\x1f]|\\.)*+"'
    rb"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null))"
)


class _Json:
    """One walk through a JSON text, without recursion."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.units: list[list[int]] = []  # start, end, parent, joined, item, value
        self.open: list[int] = []
        self.wanted = "value"

    def read(self) -> list[Unit] | None:
        at = 0
        while found := JSON_WORD.match(self.data, at):
            mark, word = found["mark"], found["word"]
            begin = found.start("mark") if mark else found.start("word")
            if not (self._mark(mark, begin) if mark else self._word(word, begin, found.end())):
                return None
            at = found.end()
            if self.wanted == "end":
                break
        if self.wanted != "end" or self.data[at:].strip(b" \t\r\n"):
            return None
        return [
            Unit(start=s, end=e, parent=p, joined=bool(j), item=bool(i), value=bool(v))
            for s, e, p, j, i, v in self.units
        ]

    def _begin(self, at: int) -> None:
        """A value begins: an element is dropped as a whole, a member's value only with its name."""
        parent = self.open[-1] if self.open else -1
        element = parent >= 0 and self.data[self.units[parent][0] : self.units[parent][0] + 1] == b"["
        self.units.append([at, at, parent, element, element, True])
        self.open.append(len(self.units) - 1)

    def _end(self, at: int) -> None:
        """A value has ended, and with it the member that it is in."""
        self.units[self.open.pop()][1] = at
        if self.open and not self.units[self.open[-1]][5]:
            self.units[self.open.pop()][1] = at
        self.wanted = "more" if self.open else "end"

    def _word(self, word: bytes, begin: int, end: int) -> bool:
        if self.wanted in ("value", "value or close"):
            self._begin(begin)
            self._end(end)
            return True
        if self.wanted in ("name", "name or close") and word.startswith(b'"'):
            self.units.append([begin, end, self.open[-1], True, True, False])
            self.open.append(len(self.units) - 1)
            self.wanted = "colon"
            return True
        return False

    def _mark(self, mark: bytes, at: int) -> bool:
        if mark in b"[{" and self.wanted in ("value", "value or close"):
            self._begin(at)
            self.wanted = "value or close" if mark == b"[" else "name or close"
            return True
        if mark == b":" and self.wanted == "colon":
            self.wanted = "value"
            return True
        if not self.open:
            return False
        opened = self.data[self.units[self.open[-1]][0] : self.units[self.open[-1]][0] + 1]
        if mark == b"," and self.wanted == "more":
            self.wanted = "value" if opened == b"[" else "name"
            return True
        closes = {b"]": b"[", b"}": b"{"}.get(mark) == opened
        if closes and self.wanted in ("more", "value or close", "name or close"):
            self._end(at + 1)
            return True
        return False


def json_units(data: bytes) -> list[Unit] | None:
    """Members and elements of a JSON text; None where it is none."""
    return _Json(data).read()


TAG = re.compile(
    rb"<!--[^<]*?-->|<!\[CDATA\[[^<]*?\]\]>|<[?!][^<>]*+>"
    rb"|<(?P<close>/?)(?P<name>[A-Za-z][^\s<>/\x00]*+)(?P<rest>(?:[^<>\"']|\"[^<\"]*+\"|'[^<']*+')*+)>"
)
_ATTRIBUTE = re.compile(rb"\s++[^\s=/>\"']++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']++))?")


def markup_units(data: bytes) -> list[Unit] | None:
    """Elements (from their first tag to their last), attributes, text between; None where no tag is there."""
    tags = list(TAG.finditer(data))
    if not any(each["name"] for each in tags):
        return None
    closed = _closed(tags)
    units: list[list[int]] = []
    inside: list[tuple[int, int]] = []  # the unit, and the tag that ends it
    at = 0
    for n, tag in enumerate(tags):
        parent = inside[-1][0] if inside else -1
        if data[at : tag.start()].strip():
            units.append([at, tag.start(), parent, False])
        at = tag.end()
        if inside and inside[-1][1] == n:
            units[inside.pop()[0]][1] = tag.end()
            continue
        units.append([tag.start(), tag.end(), parent, bool(tag["name"])])
        here = len(units) - 1
        if n in closed:
            inside.append((here, closed[n]))
        if tag["name"] and not tag["close"]:
            found = _ATTRIBUTE.finditer(data, tag.start("rest"), tag.end("rest"))
            units += [[each.start(), each.end(), here, False] for each in found]
    if data[at:].strip():
        units.append([at, len(data), -1, False])
    return [Unit(start=s, end=e, parent=p, value=bool(v)) for s, e, p, v in units]


def _closed(tags: Sequence[re.Match[bytes]]) -> dict[int, int]:
    """Which tag closes which; a tag that nothing closes stands alone."""
    found: dict[int, int] = {}
    waiting: list[tuple[bytes, int]] = []
    counts: dict[bytes, int] = {}
    for n, tag in enumerate(tags):
        name = (tag["name"] or b"").lower()
        if not name or tag["rest"].endswith(b"/"):
            continue
        if not tag["close"]:
            waiting.append((name, n))
            counts[name] = counts.get(name, 0) + 1
        elif counts.get(name):
            while waiting:
                opened, where = waiting.pop()
                counts[opened] -= 1
                if opened == name:
                    found[where] = n
                    break
    return found


LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_START = re.compile(rb"(?:[A-Z]{3,12} \S+ HTTP/\d(?:\.\d)?|HTTP/\d(?:\.\d)? \d{3}[^\n]*?)\r?\n")


def http_units(data: bytes) -> list[Unit] | None:
    """Header lines and the body of a message; its first line stays."""
    first = _START.match(data)
    if first is None:
        return None
    units, at = [], first.end()
    for line in LINE.finditer(data, at):
        at = line.end()
        if line[0] in (b"\n", b"\r\n"):
            break
        units.append(Unit(start=line.start(), end=line.end()))
    if at < len(data):
        units.append(Unit(start=at, end=len(data)))
    return units


def _delimiter(data: bytes) -> bytes | None:
    """What divides the cells, where every line has the same number of it."""
    lines = [line for line in data.splitlines() if line.strip()]
    for mark in (b",", b"\t", b";"):
        counts = {re.sub(rb'"[^"]*"', b"", line).count(mark) for line in lines[:200]}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return mark
    return None


def csv_units(data: bytes) -> list[Unit] | None:
    """Rows, and the cells in them."""
    mark = _delimiter(data)
    if mark is None:
        return None
    cell = re.compile(rb'(?:"[^"]*"|[^"%b\r\n])*' % mark)
    units: list[Unit] = []
    for line in re.finditer(rb"[^\r\n]+", data):
        row = len(units)
        units.append(Unit(start=line.start(), end=line.end(), joined=True))
        at = line.start()
        while at <= line.end():
            found = cell.match(data, at, line.end())
            end = max(found.end() if found else at, at)
            units.append(Unit(start=at, end=end, parent=row, joined=True))
            at = end + 1
    return units


_HEADER = re.compile(rb"\s*\[[^\[\]\n]+\]\s*(?:[#;].*)?|\s*\[\[[^\[\]\n]+\]\]\s*(?:#.*)?")
_SETTING = re.compile(rb"""\s*[\w.'"-]+(?:[ \t]+[\w.'"-]+)?[ \t]*=.*""")
_YAML = re.compile(rb"""\s*(?:-(?:[ \t].*)?|(?:- )*[\w.'"$/-]+[ \t]*:(?:[ \t].*)?|---.*|%.*)""")


def _mostly(data: bytes, patterns: Sequence[re.Pattern[bytes]]) -> bool:
    """Whether four of five lines that say something are of one of these shapes."""
    lines = [line.rstrip(b"\r") for line in data.split(b"\n")[:500]]
    said = [line for line in lines if line.strip() and line.lstrip()[:1] not in (b"#", b";")]
    fit = sum(any(each.fullmatch(line) for each in patterns) for line in said)
    return fit > 0 and fit * 5 >= len(said) * 4


def settings_units(data: bytes) -> list[Unit]:
    """Sections, and the lines in them."""
    units: list[Unit] = []
    section = -1
    for line in LINE.finditer(data):
        if _HEADER.fullmatch(line[0].strip()):
            section = len(units)
        units.append(
            Unit(start=line.start(), end=line.end(), parent=-1 if section == len(units) else section)
        )
    return _closing(units)


def yaml_units(data: bytes) -> list[Unit]:
    """Lines, each with the lines below it that stand further in."""
    units: list[Unit] = []
    around: list[tuple[int, int]] = []  # how far in, and which unit
    for line in LINE.finditer(data):
        text = line[0]
        inwards = len(text) - len(text.lstrip(b" ")) if text.strip() else (around[-1][0] + 1 if around else 0)
        while around and around[-1][0] >= inwards:
            around.pop()
        units.append(Unit(start=line.start(), end=line.end(), parent=around[-1][1] if around else -1))
        around.append((inwards, len(units) - 1))
    return _closing(units)


def _closing(units: list[Unit]) -> list[Unit]:
    """The same where each unit reaches to the end of the last that is in it."""
    ends = [unit.end for unit in units]
    for at in range(len(units) - 1, -1, -1):
        if (parent := units[at].parent) >= 0:
            ends[parent] = max(ends[parent], ends[at])
    return [
        Unit(start=unit.start, end=end, parent=unit.parent) for unit, end in zip(units, ends, strict=True)
    ]


_BRACKET = re.compile(rb"[][(){}]")
_PAIRS = {b")": b"(", b"]": b"[", b"}": b"{"}


def brackets(data: bytes) -> list[Unit]:
    """What stands in brackets that belong together, brackets included."""
    spans: list[tuple[int, int]] = []
    waiting: list[tuple[bytes, int]] = []
    for found in _BRACKET.finditer(data):
        if found[0] not in _PAIRS:
            waiting.append((found[0], found.start()))
        elif waiting and waiting[-1][0] == _PAIRS[found[0]]:
            spans.append((waiting.pop()[1], found.end()))
    units: list[Unit] = []
    around: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        while around and around[-1][0] <= start:
            around.pop()
        units.append(Unit(start=start, end=end, parent=around[-1][1] if around else -1, value=True))
        around.append((end, len(units) - 1))
    return units


_Units = Callable[[bytes], "list[Unit] | None"]

KINDS: dict[Format, tuple[Callable[[bytes], bool], _Units]] = {
    Format.JSON: (lambda data: data.lstrip()[:1] in (b"{", b"[", b'"'), json_units),
    Format.MARKUP: (lambda data: bool(re.match(rb"\s*<[!?A-Za-z]", data)), markup_units),
    Format.HTTP: (lambda data: _START.match(data) is not None, http_units),
    Format.CSV: (lambda data: _delimiter(data) is not None, csv_units),
    Format.SETTINGS: (lambda data: _mostly(data, (_HEADER, _SETTING)), settings_units),
    Format.YAML: (lambda data: data.count(b"\n") > 0 and _mostly(data, (_YAML,)), yaml_units),
}
"""Each format: whether a text looks like it, and its units; the first that fits."""
