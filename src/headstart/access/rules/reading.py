"""Reading the tokens off an answer as it passes: bounded, and never in its way."""

from typing import Any

import msgspec

from headstart.access.rules.requests import Dialect
from headstart.access.rules.usage import likely_tokens

MOST_LINE = 256 << 10  # of an event; longer ones are counted by their bytes
MOST_BODY = 2 << 20  # of an answer that is one JSON document
MOST_COUNT = 10**12
NO_WORDS = frozenset(
    {"type", "role", "id", "index", "stop_reason", "stop_sequence", "finish_reason", "tool_use_id"}
)


class AnswerReader:
    """Counts what passes. `feed` never raises: what can't be read is counted by its bytes.

    `tokens_in` and `tokens_out` are the endpoint's own words (None: it has not said); of several the largest counts.
    `word_bytes` are those of the text, the reasoning and the tools' arguments, without what frames them.
    """

    def __init__(self, dialect: Dialect, *, events: bool) -> None:
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.word_bytes = 0
        self._dialect = dialect
        self._events = events
        self._held = bytearray()
        self._lost = False  # in a line, or a body, that is longer than we read
        self._end = b"\n\n"

    @property
    def between_events(self) -> bool:
        """Whether what has passed ends where an event does."""
        return self._end.endswith((b"\n\n", b"\r\n\r\n", b"\r\r"))

    @property
    def likely_out(self) -> int:
        """The answer's tokens so far: the endpoint's word, or what the words are likely to be, if that is more."""
        return max(self.tokens_out or 0, likely_tokens(self.word_bytes))

    def feed(self, data: bytes) -> None:
        """Look at what passes."""
        if not data:
            return
        self._end = (self._end + data[-4:])[-4:]
        if not self._events:
            self._hold(data, MOST_BODY)
            return
        lines = data.split(b"\n")
        for line in lines[:-1]:
            self._hold(line, MOST_LINE)
            self._line_ends()
        self._hold(lines[-1], MOST_LINE)

    def close(self) -> None:
        """Nothing more passes."""
        if self._events:
            self._line_ends()
        elif self._held:
            self._read(bytes(self._held))
            self._held.clear()

    def _hold(self, data: bytes, most: int) -> None:
        if self._lost:
            self.word_bytes += len(data)
        elif len(self._held) + len(data) > most:
            self.word_bytes += len(self._held) + len(data)
            self._held.clear()
            self._lost = True
        else:
            self._held += data

    def _line_ends(self) -> None:
        line, self._lost = bytes(self._held), False
        self._held.clear()
        if line.startswith(b"data:"):
            said = line[5:].strip()
            if said and said != b"[DONE]":
                self._read(said)
        elif not line.startswith((b"event:", b":", b"id:", b"retry:")):
            self.word_bytes += len(line.strip())

    def _read(self, document: bytes) -> None:
        try:
            value = msgspec.json.decode(document)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            self.word_bytes += len(document)
            return
        if not isinstance(value, dict):
            self.word_bytes += len(document)
            return
        if self._dialect is Dialect.ANTHROPIC:
            self._anthropic(value)
        else:
            self._openai(value)

    def _openai(self, value: dict[str, Any]) -> None:
        used = value.get("usage")
        if isinstance(used, dict):
            self._said(_count(used.get("prompt_tokens")), _count(used.get("completion_tokens")))
        choices = value.get("choices")
        for each in choices if isinstance(choices, list) else ():
            if isinstance(each, dict):
                self.word_bytes += sum(_words(each.get(name)) for name in ("delta", "message", "text"))

    def _anthropic(self, value: dict[str, Any]) -> None:
        message = value.get("message")
        for holder in (value, message):
            if not isinstance(holder, dict):
                continue
            used = holder.get("usage")
            if isinstance(used, dict):
                names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
                counts = [count for name in names if (count := _count(used.get(name))) is not None]
                self._said(sum(counts) if counts else None, _count(used.get("output_tokens")))
            self.word_bytes += _words(holder.get("content"))
        self.word_bytes += _words(value.get("delta")) + _words(value.get("content_block"))

    def _said(self, tokens_in: int | None, tokens_out: int | None) -> None:
        if tokens_in is not None:
            self.tokens_in = max(self.tokens_in or 0, tokens_in)
        if tokens_out is not None:
            self.tokens_out = max(self.tokens_out or 0, tokens_out)


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNT
    return value if is_count else None


def _words(value: Any) -> int:
    """The bytes of all strings in a value, but for those that only say what it is."""
    total, left = 0, [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            total += len(each) if each.isascii() else len(each.encode(errors="surrogatepass"))
        elif isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            left += [inner for name, inner in each.items() if name not in NO_WORDS]
    return total
