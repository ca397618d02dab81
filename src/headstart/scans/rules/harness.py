"""The harness that a report of a scan carries: it reads the input and hands it to the target, and nothing else."""

from headstart.scans.rules.targets import ScanTarget


def harness(target: ScanTarget) -> str:
    """The text of `harness.py`."""
    modules = dict.fromkeys([target.module, *(_module(each) for each in target.exceptions if "." in each)])
    imports = "\n".join(f"import {module}" for module in modules)
    read = "read_bytes()" + ('.decode("utf-8")' if target.argument == "str" else "")
    call = f"{target.module}.{target.callable}(argument)"
    body = f"print(type({call}).__name__)"
    if target.exceptions:
        caught = ", ".join(target.exceptions)
        body = f"""\
try:
    {body}
except ({caught},) as refusal:  # the documented way to say no
    print("refused:", type(refusal).__name__)"""
    return f'''\
"""Hand what the input file holds to {target.module}.{target.callable}."""

import pathlib
import sys

{imports}

argument = pathlib.Path(sys.argv[1]).{read}
{body}
'''


def _module(exception: str) -> str:
    return exception.rpartition(".")[0]
