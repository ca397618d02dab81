# ruff: noqa: E501 - a harness is one line of a table
"""Reports that mean harm, proved: the verdict is right, and the hub and its machine are as they were."""

import os
from pathlib import Path

import pytest
from tests.proofs.conftest import TARGETS, Prove, Report

from headstart.proofs.rules import Attribution, Rung
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox

READ = "import os, pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\nif text == 'control': sys.exit()\n"
EVERYWHERE = """
for top, folders, _ in os.walk('/'):
    folders[:] = [] if top.startswith(('/proc', '/sys', '/usr')) else folders
    try: open(os.path.join(top, 'headstart-was-here'), 'w').close()
    except OSError: pass
for name in ('/target/leaky.py', '/headstart/python/sitecustomize.py', '/proc/sys/kernel/core_pattern'):
    try: open(name, 'w').write('x')
    except OSError: pass
"""
PROTOCOL = """
for name in ('headstart.end', 'headstart.profile', 'headstart.kill', 'headstart.thread', 'sys.excepthook', 'open'):
    try: sys.audit(name, os.environ.get('HEADSTART_SECRET_FILE', ''), 'return', None)
    except Exception: pass
print('headstart\\n' + '0' * 64 + '\\ndisclose')
os.write(1, b'headstart-secret-' + b'0' * 32 + b'\\n')
"""
HARM = {
    "prints a gigabyte": "while True: sys.stdout.write('x' * (1 << 16))",
    "prints a gigabyte on standard error": "while True: sys.stderr.write('x' * (1 << 16))",
    "forks without end": "while True:\n    try: os.fork()\n    except OSError: pass",
    "sleeps in a child that it leaves": "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)",
    "writes everywhere": EVERYWHERE,
    "fills its folder": "file = open('big', 'wb')\nwhile True: file.write(b'x' * (1 << 20))",
    "makes files without end": "for n in range(10 ** 6): open(f'f{n}', 'w').close()",
    "kills its parent": "import signal\nfor pid in (os.getppid(), 1, -1):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass",
    "fakes our protocol": PROTOCOL,
    "closes every descriptor": "os.closerange(0, 4096)",
    "leaves links for the hub": "import glob, shutil\nfor log in glob.glob('../log-*'):\n    for name in ('seen', 'faults', 'ran', 'san.1'):\n        try: os.remove(f'{log}/{name}')\n        except OSError: pass\n        os.symlink('/etc/passwd', f'{log}/{name}')",
    "puts a pipe in the log's place": "import glob\nfor log in glob.glob('../log-*/seen'):\n    os.remove(log)\n    os.mkfifo(log)",
}  # fmt: skip


@pytest.mark.parametrize("what", HARM)
def test_a_report_that_means_harm_is_refuted_and_the_hub_is_unharmed(
    what: str, report: Report, prove: Prove, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in TARGETS.rglob("*.py")}
    made = report("disclose", READ + HARM[what])
    kept = {path: path.read_bytes() for path in made.path.rglob("*") if path.is_file()}
    verdict = prove(made)
    assert verdict.rung is Rung.REFUTED, verdict.sentence
    assert verdict.attribution is not Attribution.TARGET
    assert {path: path.read_bytes() for path in TARGETS.rglob("*.py")} == before
    assert {path: path.read_bytes() for path in made.path.rglob("*") if path.is_file()} == kept
    assert not any("headstart-was-here" in names for _, _, names in os.walk(sandbox.root))
    assert not any((tmp_path.parents[each] / "headstart-was-here").exists() for each in range(3))
    assert prove(report("disclose", READ.replace("'control'", "text"))).rung is Rung.REFUTED  # it works on


def test_harm_in_the_control_is_no_sound_control(report: Report, prove: Prove) -> None:
    harness = "import pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text()\nwhile text == 'flood': print('x' * 65536)\nleaky.depth(text)"
    verdict = prove(
        report("crash", harness, trigger="[" * 5000, control="flood", more='exception = "RecursionError"')
    )
    assert verdict.rung is Rung.REPRODUCED
    assert "control run went wrong" in verdict.sentence
