"""Write examples/DIGESTS: the reports that ship, by digest. Run it after a change to one of them (`make digests`)."""

from pathlib import Path

from headstart.proofs.work.shipped import DIGESTS, digests_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

if __name__ == "__main__":
    (EXAMPLES / DIGESTS).write_text(digests_of(EXAMPLES), encoding="utf-8")
