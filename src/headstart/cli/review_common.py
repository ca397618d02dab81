"""What the commands of `headstart review` share: naming things, marking, signing, showing."""

import contextlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headstart.cli.files import FileUnfit, write_new
from headstart.cli.hub import Hub, part
from headstart.cli.output import dump, people
from headstart.errors import Conflict, NotFound
from headstart.web.harmless import harmless

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LARGEST_FILE = 1024 * 1024
LABELS = ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"]

review = click.argument("review")


class NoSuchThing(NotFound):
    """What was named is not in the hub's list."""

    code = "not-here"

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"there is no {noun} called {harmless(name, 200)} here that you may see")


class SeveralSuch(Conflict):
    """A name fits more than one."""

    code = "several"

    def __init__(self, noun: str, name: str, ids: list[str]) -> None:
        super().__init__(f"{len(ids)} {noun}s are called {harmless(name, 200)}: name one of {', '.join(ids)}")


class OtherWords(Conflict):
    """What the hub wants signed is not what was asked for."""

    code = "other-words"

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing was signed: the hub's words say something else than you did about {key}")


def one_of(rows: list[Any], noun: str, name: str, *keys: str) -> Any:
    """The row that `name` names, by its id or one of its `keys`, exactly."""
    found = [row for row in rows if row["id"] == name] or [
        row for row in rows if name in [str(row[key]) for key in keys]
    ]
    if not found:
        raise NoSuchThing(noun, name)
    if len(found) > 1:
        raise SeveralSuch(noun, name, [str(row["id"]) for row in found])
    return found[0]


def review_id(hub: Hub, name: str) -> str:
    """The id of the review that `name` names: its own, or its model's exact name."""
    if re.fullmatch(r"rev_[0-9a-z]{4,28}", name):
        return name
    return str(one_of(hub.every("/reviews"), "review", name, "model_name")["id"])


def of(hub: Hub, name: str, rest: str = "") -> str:
    """The address of a review, and of what is below it."""
    return f"/reviews/{part(review_id(hub, name))}{rest}"


def text_of(path: Path) -> str:
    """A file's words (UTF-8), bounded; `-` is standard input."""
    from headstart.ledger.work.files import read_plain

    try:
        held = sys.stdin.buffer.read(LARGEST_FILE + 1) if str(path) == "-" else read_plain(path, LARGEST_FILE)
    except OSError as error:
        raise FileUnfit(path, error.strerror or str(error)) from None
    if len(held) > LARGEST_FILE:
        raise FileUnfit(path, f"larger than {LARGEST_FILE // 2**20} MiB")
    try:
        return held.decode()
    except UnicodeDecodeError:
        raise FileUnfit(path, "is not text in UTF-8") from None


def json_of(path: Path) -> Any:
    """A file's JSON, bounded."""
    try:
        return json.loads(text_of(path))
    except (ValueError, RecursionError):
        raise FileUnfit(path, "is not JSON") from None


def say(line: str) -> None:
    """A line for people; whoever's words are in it, they stay words."""
    people.print(harmless(line, 20_000), markup=False)


def tell(value: Any, lines: list[str], *, json_: bool) -> None:
    """JSON for machines, or lines for people."""
    if json_:
        dump(value)
        return
    for line in lines:
        say(line)


def marked(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that mark what is handed in."""
    options = (
        click.option("--tlp", type=click.Choice(LABELS), help="TLP 2.0. [default: TLP:AMBER]"),
        click.option("--trade-secret", is_flag=True, help="Narrows it to you, the authority and those named."),
        click.option("--named", multiple=True, metavar="WHO",
                     help="An organisation or a person that it is meant for; may be given more than once."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def marking(options: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `marked` was told; None where nothing was."""
    if not options["tlp"] and not options["trade_secret"] and not options["named"]:
        return None
    said = {"trade_secret": options["trade_secret"], "named": list(options["named"])}
    return {**said, "tlp": options["tlp"] or "TLP:AMBER"}


def signing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of what is to be signed: here, or elsewhere in two steps."""
    options = (
        click.option("--key", type=click.Path(path_type=Path),
                     help="Sign here with this private key (Ed25519, PEM); it leaves this machine never."),
        click.option("--words", type=click.Path(path_type=Path),
                     help="Only write the words to this new file, to sign them elsewhere: `headstart review sign`."),
        click.option("--signed", type=click.Path(path_type=Path),
                     help="Hand in this envelope, which was signed elsewhere."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def envelope_for(
    words: Mapping[str, Any], said: Mapping[str, Any], options: Mapping[str, Any], *, quiet: bool
) -> dict[str, Any] | None:
    """The envelope to hand in; None where the words were only written down.

    `said` is what the person asked for: the hub's words must say the same, or nothing is signed.
    """
    if sum(options[each] is not None for each in ("key", "words", "signed")) != 1:
        raise click.UsageError("name one of --key, --words, --signed")
    predicate = words.get("predicate", {})
    for key, value in said.items():
        if predicate.get(key) != value:
            raise OtherWords(key)
    if options["words"] is not None:
        write_new(options["words"], json.dumps(words, indent=2, ensure_ascii=False).encode())
        if not quiet:
            say(
                f"written to {options['words']}; sign: headstart review sign {options['words']} --key YOUR.pem"
            )
        return None
    if options["signed"] is not None:
        found = json_of(options["signed"])
        return found if isinstance(found, dict) else {}
    if not quiet:
        say("you sign:")
        show_words(predicate)
    return sign_words(words, private_key(options["key"]))


def show_words(predicate: Mapping[str, Any]) -> None:
    """What is signed, a line for each of its keys."""
    for key, value in sorted(predicate.items()):
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        say(f"  {key}: {shown}")


def private_key(path: Path) -> "Ed25519PrivateKey":
    """A person's own key, in PEM as openssl writes it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found: Any = None
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        found = load_pem_private_key(text_of(path).encode(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        raise FileUnfit(
            path, "is no Ed25519 private key without a password; make one: openssl genpkey -algorithm ed25519"
        )
    return found


def sign_words(words: Mapping[str, Any], key: "Ed25519PrivateKey") -> dict[str, Any]:
    """The signed envelope (DSSE) as plain values."""
    import msgspec

    from headstart.ledger.rules import dsse

    envelope: dict[str, Any] = msgspec.to_builtins(dsse.sign_statement(words, key))
    return envelope
