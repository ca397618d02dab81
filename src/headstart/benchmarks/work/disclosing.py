"""One transcript, handed out with what proves it: the sample's log, and its entry in the hub's signed log.

The rest of the evaluation stays where it is. `headstart verify` holds the two files against each other, and both
against the hub's key.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec

from headstart.ledger.rules.bundles import Bundle
from headstart.ledger.rules.verified import Describe, Verified, yes
from headstart.ledger.work.verifying import INCLUSION_ENDING

SAMPLE = "evaluation.sample"
README = """One transcript of an evaluation, and the proof that the hub's signed log holds its digest.

{name}.json            the log of the sample, as Inspect AI wrote it
{name}{ending}  the log's entry about it, and its place in the hub's log

With the hub's public key (it publishes it; keep one from before), and without any server:

    headstart verify {name}.json --key hub.pub.pem
"""


def archive(name: str, sample: bytes, bundle: Bundle) -> bytes:
    """A zip of the sample's log, its proof, and a page that says how to check them."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{name}/README.txt", README.format(name=name, ending=INCLUSION_ENDING))
        packed.writestr(f"{name}/{name}.json", sample)
        packed.writestr(f"{name}/{name}{INCLUSION_ENDING}", msgspec.json.format(msgspec.json.encode(bundle)))
    return held.getvalue()


def _sample(entry: Mapping[str, Any]) -> Verified:
    said = entry["details"]
    item, attempt = str(said["item"])[:200], int(said["attempt"])
    return yes(
        SAMPLE,
        f"the transcript of {item}, attempt {attempt}, of {entry['subject']}",
        item=item,
        attempt=attempt,
    )


KINDS: Mapping[str, Describe] = {SAMPLE: _sample}
