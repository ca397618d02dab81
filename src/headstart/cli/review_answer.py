"""`headstart review determine` and `review sign`: an authority's answer, and signing words elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import click

from headstart.cli.files import FileUnfit, write_new
from headstart.cli.hub import Hub, on_hub
from headstart.cli.output import as_json, dump
from headstart.cli.review_common import (
    envelope_for,
    json_of,
    of,
    private_key,
    review,
    review_id,
    say,
    show_words,
    sign_words,
    signing,
    tell,
    text_of,
)

ANSWERS = {"covered": "covered", "not-covered": "not covered", "cant-say-yet": "can't say yet"}


@click.command(
    epilog="Example: headstart review determine 'Model 7' cant-say-yet --criterion 'autonomy=unknown: no run yet' "
    "--evidence all --key authority.pem"
)
@review
@click.argument("answer", type=click.Choice(list(ANSWERS)))
@click.option(
    "--criterion", "criteria", multiple=True, metavar="NAME=MET[: WHY]",
    help="A criterion and whether it was met (yes, no, unknown); may be given more than once.",
)  # fmt: skip
@click.option("--reasons", type=click.Path(path_type=Path), help="A text file.")
@click.option(
    "--evidence", multiple=True, metavar="ID|all",
    help="A document that you looked at; `all`: every one that you may read.",
)  # fmt: skip
@signing
@on_hub
@as_json
def determine(*, review: str, answer: str, hub: Hub, json_: bool, **options: Any) -> None:
    """Answer an enquiry, signed with the authority's own key: covered, not covered, or can't say yet.

    It is a statement. It opens and closes nothing, and the developer may release its model whatever it says.
    """
    review = review_id(hub, review)
    ruling = {
        "answer": ANSWERS[answer],
        "criteria": [_criterion(each) for each in options["criteria"]],
        "reasons": text_of(options["reasons"]) if options["reasons"] else "",
        "evidence": _evidence(hub, review, options["evidence"]),
    }
    at = of(hub, review, "/determinations")
    words = hub.post(f"{at}/words", ruling)
    envelope = envelope_for(words, {**ruling, "review": review}, options, quiet=json_)
    if envelope is None:
        if json_:
            dump({"words": str(options["words"])})
        return
    made = hub.post(at, {**ruling, "envelope": envelope})
    lines = [f"answered: {made['answer']}, answer {made['number']}, signed with key {made['key_id']}"]
    tell(made, lines, json_=json_)


def _criterion(said: str) -> dict[str, str]:
    """`name=met: why` as the hub wants it."""
    found = re.fullmatch(r"([^=]+)=(yes|no|unknown)(?:: ?(.*))?", said, re.DOTALL)
    if found is None:
        raise click.UsageError(
            f"--criterion {said!r}: say it as NAME=yes, NAME=no or NAME=unknown, then ': why'"
        )
    return {"name": found[1].strip(), "met": found[2], "why": found[3] or ""}


def _evidence(hub: Hub, review: str, named: tuple[str, ...]) -> list[str]:
    """The digests of the documents that were looked at."""
    if not named:
        return []
    held = hub.get(of(hub, review, "/documents"))
    known = {each["id"]: each["digest"] for each in held}
    chosen = list(known) if "all" in named else list(dict.fromkeys(named))
    missing = [each for each in chosen if each not in known]
    if missing:
        raise click.UsageError(f"--evidence {missing[0]}: no document of this review that you may read")
    return sorted({known[each] for each in chosen})


@click.command(epilog="Example: headstart review sign words.json --key lab.pem --out signed.json")
@click.argument("words", type=click.Path(path_type=Path))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path), help="Your private key (Ed25519, PEM)."
)
@click.option("--out", type=click.Path(path_type=Path), help="A new file. [default: standard output]")
@as_json
def sign(*, words: Path, key: Path, out: Path | None, json_: bool) -> None:
    """Sign words that were downloaded from a page or by --words; asks no server.

    What they say is shown on standard error; the envelope is then handed in on the page, or with --signed.
    """
    said = json_of(words)
    if not isinstance(said, dict) or not isinstance(said.get("predicate"), dict):
        raise FileUnfit(words, "holds no words to sign: it is no in-toto statement")
    envelope = sign_words(said, private_key(key))
    if out is None:
        dump(envelope)
        return
    write_new(out, json.dumps(envelope, indent=2).encode())
    if json_:
        dump({"signed": str(out), "keyid": envelope["signatures"][0]["keyid"]})
        return
    say("you signed:")
    show_words(said["predicate"])
    say(f"written to {out}")
