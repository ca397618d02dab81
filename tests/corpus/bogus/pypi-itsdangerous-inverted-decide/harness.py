import pathlib
import sys

from itsdangerous import Signer

accepted = Signer("key").validate(pathlib.Path(sys.argv[1]).read_text().strip())
sys.exit(10 if accepted else 0)
