"""Check the token in the input file; exit 0 if it is accepted, 10 if it is refused."""

import pathlib
import sys

import jwt

KEY = "a key of thirty-two bytes or more"

token = pathlib.Path(sys.argv[1]).read_text(encoding="ascii").strip()
try:
    jwt.decode(token, KEY, algorithms=["HS256"], issuer="https://accounts.example.org")
except jwt.InvalidTokenError:
    sys.exit(10)
