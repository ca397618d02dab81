"""Verify the signature that the input file holds, in hexadecimal, over a fixed message."""

import pathlib
import sys

from ecdsa import BadSignatureError, NIST192p, SigningKey
from ecdsa.der import UnexpectedDER
from ecdsa.util import sigdecode_der

KEY = SigningKey.from_secret_exponent(0x8F1B0C2D3E4F5A6B7C8D9EAFB0C1D2E3, curve=NIST192p)
MESSAGE = b"pay 10 to the bearer"

signature = bytes.fromhex(pathlib.Path(sys.argv[1]).read_text(encoding="ascii"))
try:
    print(KEY.get_verifying_key().verify(signature, MESSAGE, sigdecode=sigdecode_der))
except (BadSignatureError, UnexpectedDER) as refusal:  # the documented ways to say no
    print("refused:", type(refusal).__name__)
