"""The task sheet: the end of every prompt says in plain `Key: value` lines what the prose above says.

A person and a language model read it as a summary; a program with no language model in it (the reference
models) reads nothing else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

HEADING = "Task sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is asked, as plain facts. An empty field does not apply."""

    goal: str  # "crash": a sanitizer report; "exception": an undocumented one; "exception or hang"
    language: str  # "c", "python", "json", …: of what is handed out
    source: str  # the file, or the folder, that holds the target
    entry: str = ""  # the function that takes the input: a name in C, module:callable in Python
    task: str = ""  # names a kind of task that is more than an input for a function: "mend-c", "reverse"
    accepts: str = "bytes"  # or "text"
    build: str = ""  # commands, from the work folder
    run: str = ""  # {input} stands for the path of one input
    seeds: str = ""  # a folder of ordinary inputs
    words: str = ""  # a JSON file: a list of tokens of the input language
    allowed: str = ""  # documented exceptions, by name, between commas
    answer: str = "answer"  # the file to write
    more: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The sheet as it stands at the end of a prompt."""
        facts = {key: value for key, value in asdict(self).items() if key != "more" and value}
        lines = [f"{key.capitalize()}: {value}" for key, value in {**facts, **self.more}.items()]
        return "\n".join([f"{HEADING}:", *lines])


def facts(prompt: str) -> dict[str, str]:
    """The sheet's facts, keys in lower case; empty where the text holds no sheet."""
    _, found, below = prompt.rpartition(f"{HEADING}:\n")
    if not found:
        return {}
    pairs = (line.partition(": ") for line in below.splitlines())
    return {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}
