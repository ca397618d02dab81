"""Try the plainest breaks: a check that needs no key, one that takes a shortened signature, a pad used twice."""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OWN = bytes(range(1, 41))


def main(sheet: dict[str, str], _turn: int) -> None:
    """Hand in the first thing that looks right."""
    scheme, record = load(sheet)
    tries = plain_forgeries(scheme, record, sheet) if "want" in sheet else used_twice(record)
    hand_in(sheet, next(tries, None))


def load(sheet: dict[str, str]) -> tuple[Any, dict[str, Any]]:
    """The scheme as a module, and what was recorded."""
    sys.path.insert(0, "")
    return importlib.import_module("scheme"), json.loads(Path(sheet["record"]).read_text())


def hand_in(sheet: dict[str, str], answer: str | None) -> None:
    """Write the answer, if there is one."""
    if answer is None:
        sys.stdout.write("nothing yet\n")
        return
    Path(sheet["answer"]).write_text(answer)
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, {answer[:60]}\n")


def own_key(scheme: Any, shift: int = 0) -> bytes:
    """A key of our own, of the length that the scheme wants."""
    size = getattr(scheme, "SECRET_BYTES", 16)
    return (OWN * 2)[shift : shift + size]


def issued(scheme: Any, fields: dict[str, str], shift: int = 0) -> str:
    """A token under a key of our own; what is drawn for each token is all one byte."""
    given = list(inspect.signature(scheme.issue).parameters)[2:]
    for size in range(6, 17):
        try:
            token: str = scheme.issue(
                own_key(scheme, shift), fields, *(bytes([shift + 7]) * size for _ in given)
            )
            if not given or meant(scheme, token, fields, shift):
                return token
        except Exception:  # noqa: BLE001, S112 - of another size, perhaps
            continue
    return ""


def meant(scheme: Any, token: str, want: dict[str, str], shift: int = 0) -> bool:
    """Whether our own service takes a token for what is wanted."""
    try:
        said = scheme.read(own_key(scheme, shift), token)
        return all(said.get(name) == value for name, value in want.items())
    except Exception:  # noqa: BLE001 - refused is refused
        return False


def tokens(record: dict[str, Any]) -> list[tuple[dict[str, str], str]]:
    """What was recorded, as fields and tokens."""
    return [(each["fields"], each["token"]) for each in record.get("tokens", [])]


def plain_forgeries(scheme: Any, record: dict[str, Any], sheet: dict[str, str]) -> Iterator[str]:
    """No key is needed at all; or a signature may be cut short."""
    want = json.loads(sheet["want"])
    for fields, token in tokens(record):
        if issued(scheme, fields) == token:
            yield issued(scheme, fields | want)
        under_another = issued(scheme, fields | want, 1)
        for cut in range(1, len(under_another)):
            if meant(scheme, under_another[:-cut], want) and meant(scheme, under_another[:-cut], want, 2):
                yield under_another[:-cut]


def used_twice(record: dict[str, Any]) -> Iterator[str]:
    """A message whose pad shows in another one."""
    messages = record.get("messages", [])
    for target in (each for each in messages if "text" not in each):
        held = bytes.fromhex(target["sent"])
        for other in (each for each in messages if "text" in each):
            pad = [
                one ^ two
                for one, two in zip(bytes.fromhex(other["sent"]), other["text"].encode(), strict=False)
            ]
            plain = bytes(one ^ two for one, two in zip(held, pad, strict=False))
            if len(plain) == len(held) and re.fullmatch(rb"[ -~]+", plain):
                yield plain.decode()
