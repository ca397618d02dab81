"""One line that says what broke an attempt, out of what Inspect and the clients below it say."""

import re

from headstart.agents.rules.secrets import one_line

REFUSED_HERE = "headstart: "
"""Before what `inspect_http` says in an endpoint's place."""

_RETRIED = re.compile(r"^RetryError\(.* raised (\w+)>\)$", re.DOTALL)
_ANSWERED = re.compile(r"Error code: (\d{3})(?: - (.*))?", re.DOTALL)
_CONNECTION = re.compile(r"^(?:httpx2?|httpcore2?|openai)\.(\w+): (.*)$", re.MULTILINE)
_READS_REPLIES = ("/openai/", "/inspect_ai/model/_providers/", "/inspect_ai/model/_openai")
LONGEST = 20_000  # characters of a traceback's end that are looked at


def note_of(message: str, traceback: str = "") -> str:
    """What happened, in the endpoint's own words where it has some."""
    if retried := _RETRIED.match(message):
        said = re.findall(rf"^[\w.]*\b{retried[1]}: (.*)$", traceback, re.MULTILINE)
        message = said[-1] if said else retried[1]
        if retried[1] == "AttemptTimeoutError":
            return "the endpoint did not answer in time"
    if answered := list(_ANSWERED.finditer(message)):
        code, words = answered[-1].groups(default="")
        words = words.replace("\\", "").strip("\"')( \n")
        if words.startswith(REFUSED_HERE):
            return one_line(words.removeprefix(REFUSED_HERE))
        return one_line(f"the endpoint answered {code}{f': {words}' if words else ''}")
    tail = traceback[-LONGEST:]
    if message == "Connection error." or "APIConnectionError" in message:
        causes = [f"{name}: {words}" for name, words in _CONNECTION.findall(traceback) if words != message]
        return one_line(f"the connection to the endpoint failed: {causes[0] if causes else message}")
    if any(each in tail for each in _READS_REPLIES):
        return one_line(f"the endpoint's reply can't be read: {message}")
    return one_line(message) or "it broke without a word"
