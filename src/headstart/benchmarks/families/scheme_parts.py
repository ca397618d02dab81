"""Parts of generated token schemes that are as they should be: fields, encodings, ciphers, and what stands beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headstart.benchmarks.families.words import nouns
from headstart.benchmarks.rules.draw import Draw

WANTED_ROLE, USUAL_ROLE = "admin", "guest"  # of one length


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A scheme that can be broken: its source in parts, what was recorded, and what must be handed in."""

    parts: tuple[str, ...]  # Python, in any order
    record: Mapping[str, object]
    asks: str  # prose: what is in the record, what to hand in
    solution: str
    key: str = ""  # hexadecimal: what `read` needs; empty if a text is to be learnt
    want: Mapping[str, str] = field(default_factory=dict)  # what `read` must say of the answer
    shape: str = ""
    first: tuple[str, ...] = ()  # source of what is broken before, if there is such a step


ENCODINGS = {
    "hex": ("data.hex()", "bytes.fromhex(text)"),
    "base64": (
        'base64.urlsafe_b64encode(data).decode().rstrip("=")',
        'base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))',
    ),
    "base32": (
        'base64.b32encode(data).decode().rstrip("=").lower()',
        'base64.b32decode(text.upper() + "=" * (-len(text) % 8))',
    ),
    "base85": ("base64.b85encode(data).decode()", "base64.b85decode(text)"),
}


def encoding(draw: Draw) -> tuple[str, str]:
    """Bytes as text: the name of the encoding, and its functions."""
    name = draw.choice(sorted(ENCODINGS))
    there, back = ENCODINGS[name]
    return name, f"def to_text(data):\n    return {there}\n\n\ndef from_text(text):\n    return {back}\n"


def mark(draw: Draw, encoded: str) -> str:
    """A mark that the encoding never uses."""
    return draw.choice((".", ":") if encoded == "base85" else ("~", ".", ":", "#"))


EXTRA = ("team", "plan", "city", "desk", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """How the fields of a token are packed."""

    kind: str
    names: tuple[str, ...]
    source: str  # pack(fields), unpack(data)

    def filled(self, draw: Draw, user: str, role: str) -> dict[str, str]:
        """Values for each field."""
        others = dict(zip(self.names, nouns(draw, len(self.names)), strict=True))
        return {name: {"user": user, "role": role}.get(name, others[name]) for name in self.names}


def _marks(one: str, other: str) -> str:
    return f"""def pack(fields):
    return {one!r}.join(f"{{name}}{other}{{value}}" for name, value in fields.items()).encode("latin-1")


def unpack(data):
    pairs = [part.partition({other!r}) for part in data.decode("latin-1").split({one!r})]
    return {{name: value for name, mark, value in pairs if mark}}
"""


def _json(_names: Sequence[str]) -> str:
    return """def pack(fields):
    return json.dumps(fields, sort_keys=True).encode()


def unpack(data):
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("these are no fields")
    return found
"""


def _pipes(names: Sequence[str]) -> str:
    return f"""FIELDS = {tuple(names)!r}


def pack(fields):
    return "|".join(fields[name] for name in FIELDS).encode("latin-1")


def unpack(data):
    values = data.decode("latin-1").split("|")
    if len(values) != len(FIELDS):
        raise ValueError("a field is missing")
    return dict(zip(FIELDS, values))
"""


def fixed(names: Sequence[str], width: int = 16) -> str:
    """Fields of one width, in this order."""
    return f"""FIELDS = {tuple(names)!r}
WIDTH = {width}


def pack(fields):
    return b"".join(fields[name].encode("latin-1").ljust(WIDTH)[:WIDTH] for name in FIELDS)


def unpack(data):
    if len(data) != WIDTH * len(FIELDS):
        raise ValueError("a field is missing")
    values = [data[at : at + WIDTH].decode("latin-1").strip() for at in range(0, len(data), WIDTH)]
    return dict(zip(FIELDS, values))
"""


LAST_WINS = ("query", "colons", "lines")
"""Kinds of packing in which a field that comes twice counts the second time."""


def fields(draw: Draw, kinds: Sequence[str], more: int, width: int = 16) -> Fields:
    """Fields user and role with so many more, packed in one of these ways."""
    kind = draw.choice(kinds)
    names = draw.shuffled(["user", "role", *draw.some(EXTRA, more)])
    source = {
        "query": lambda: _marks("&", "="),
        "colons": lambda: _marks(";", ":"),
        "lines": lambda: _marks("\n", " "),
        "json": lambda: _json(names),
        "pipes": lambda: _pipes(names),
        "fixed": lambda: fixed(names, width),
    }[kind]()
    return Fields(kind=kind, names=tuple(sorted(names) if kind == "json" else names), source=source)


STREAMS = {
    "hash": """def stream(key, nonce, size):
    made = b""
    while len(made) < size:
        made += hashlib.{hash}(key + nonce + len(made).to_bytes(4, "big")).digest()
    return made[:size]
""",
    "hmac": """def stream(key, nonce, size):
    blocks = [hmac.digest(key, nonce + bytes([n]), "{hash}") for n in range(size // 16 + 1)]
    return b"".join(block[:16] for block in blocks)[:size]
""",
    "shake": """def stream(key, nonce, size):
    return hashlib.shake_256(len(key).to_bytes(2, "big") + key + nonce).digest(size)
""",
    "chain": """def stream(key, nonce, size):
    block, made = nonce, []
    while len(made) * 16 < size:
        block = hmac.digest(key, block, "{hash}")
        made.append(block[:16])
    return b"".join(made)[:size]
""",
}
XOR = """def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))
"""
HASHES = ("sha256", "sha1", "md5", "sha512", "sha3_256", "blake2b")


def stream(draw: Draw) -> tuple[str, str]:
    """A key stream that is sound: its kind, and its functions."""
    kind, made = draw.choice(sorted(STREAMS)), draw.choice(HASHES)
    return f"{kind} {made}", f"{XOR}\n\n{STREAMS[kind].format(hash=made)}"


def block_cipher(draw: Draw) -> tuple[str, str]:
    """A cipher of blocks of 16 bytes that is sound enough: a Feistel network over a keyed hash."""
    made, rounds, swapped = draw.choice(HASHES), draw.between(6, 10), draw.below(2)
    pair = "right, left" if swapped else "left, right"
    text = f"""{XOR}

def mixed(key, n, half):
    return hmac.digest(key, bytes([n]) + half, "{made}")[:8]


def encipher(key, block):
    left, right = block[:8], block[8:]
    for n in range({rounds}):
        left, right = right, xor(left, mixed(key, n, right))
    return {pair.replace(", ", " + ")}


def decipher(key, block):
    {pair} = block[:8], block[8:]
    for n in reversed(range({rounds})):
        left, right = xor(right, mixed(key, n, left)), left
    return left + right
"""
    return f"{made} {rounds} {swapped}", text


BESIDE = (
    """def masked(user):
    return user[:1] + "*" * (len(user) - 1)
""",
    """def expired(issued, now, days):
    return now - issued > days * 86400
""",
    """def log_line(when, user, what):
    return f"{when:%Y-%m-%d} {user}: {what}"
""",
    """def chunks(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]
""",
    """def greeting(fields):
    role = fields.get("role", "")
    return "Hello, " + fields["user"] + (f" ({role})" if role else "")
""",
    """class Limit:
    def __init__(self, most):
        self.most = most
        self.used = {}

    def take(self, user):
        self.used[user] = self.used.get(user, 0) + 1
        return self.used[user] <= self.most
""",
    """def is_name(text):
    return 2 <= len(text) <= 16 and text.isascii() and text.isalnum()
""",
    """def rotated(keys, day):
    return keys[day % len(keys)]
""",
    """def cookie(token, path="/"):
    return f"session={token}; Path={path}; HttpOnly; Secure"
""",
    """def from_cookie(header):
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "session":
            return value
    return None
""",
    """def may(fields, what):
    return fields.get("role") == "admin" or what in ("read", "list")
""",
    """ROLES = ("guest", "admin")


def rank(role):
    return ROLES.index(role)
""",
)
"""Functions that a service has beside its tokens, and that no break needs."""


def beside(draw: Draw) -> list[str]:
    """Some of them."""
    return draw.some(BESIDE, draw.between(2, 6))
