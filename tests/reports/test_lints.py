"""Lints: what a harness that only hands its input over would not do is flagged; an honest one is not."""

import tomllib

import pytest

from headstart.reports.rules import Report, lint, read

from .conftest import GOOD


def flags(
    code: str, name: str = "harness.py", package: str = "pkg:pypi/example@1.2.0", own: tuple[str, ...] = ()
) -> set[str]:
    text = GOOD.replace('"harness.py"', f'"{name}"').replace("pkg:pypi/example@1.2.0", package)
    text = text.replace('affected = "vers:pypi/>=1.0.0|<1.2.3"\n', "")
    report: Report = read(tomllib.loads(text))
    return {each.code for each in lint(report, {name: code.encode()}, own)}


HONEST = """
import sys, os
from pathlib import Path
import example

def main(path):
    if len(sys.argv) != 2:
        sys.exit("usage: harness.py INPUT")
    text = Path(path).read_text().replace("{secret}", os.path.relpath(os.environ["HEADSTART_SECRET_FILE"]))
    result = example.parse(text)
    if result:
        print(result)
    if example.load(path).ok:
        sys.exit(0)
    for line in open(path):
        if line.startswith("x"):
            print(line)

main(sys.argv[1])
"""


def test_an_honest_python_harness_earns_no_flag() -> None:
    assert flags(HONEST) == set()


def test_a_file_of_ones_own_may_name_the_forbidden_folder_but_not_lie_in_it() -> None:
    own = "import example, os\nfrom pathlib import Path\n{}\nexample.run('x')\n"
    forbidden = "os.environ['HEADSTART_FORBIDDEN']"
    assert not flags(own.format(f"Path('x').write_text('save to ' + {forbidden})"))
    assert flags(own.format(f"Path({forbidden}, 'x').write_text('y')")) == {"touches-forbidden"}


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("import sys\nif 'trigger' in sys.argv[1]: pass", "branches-on-input"),
        ("import sys\np = sys.argv[1]\nq = p\nx = 1 if q.endswith('t') else 2", "branches-on-input"),
        ("import sys\nfrom pathlib import Path\nmatch Path(sys.argv[1]).stem:\n  case 'a': pass", "branches-on-input"),
        ("import sys\ndef go(path):\n  if 'trig' in path: pass\ngo(sys.argv[1])", "branches-on-input"),
        ("import os\nif 'x' in __file__: pass", "branches-on-input"),
        ("import os\nos.listdir('inputs')", "looks-around"),
        ("import example\nif example.__version__ == 'x': pass", "names-version"),
        ("v = '1.2.0'", "names-version"),
        ("import importlib.metadata", "names-version"),
        ("import os\nprint(open(os.environ['HEADSTART_SECRET_FILE']).read())", "touches-secret"),
        ("import os\np = os.getenv('HEADSTART_SECRET_FILE')\nfrom pathlib import Path\nPath(p).read_text()",
         "touches-secret"),
        ("import os, subprocess\nsubprocess.run([os.environ['HEADSTART_MARKER']])", "touches-marker"),
        ("import os\nos.system(os.environ.get('HEADSTART_MARKER'))", "touches-marker"),
        ("import os\nopen(os.environ['HEADSTART_FORBIDDEN'] + '/x', 'w')", "touches-forbidden"),
        ("import os\nfrom pathlib import Path\n(Path(os.environ['HEADSTART_FORBIDDEN']) / 'x').touch()",
         "touches-forbidden"),
        ("import os\nprint(dict(os.environ))", "reads-environment"),
        ("import time\ntime.sleep(60)", "sleeps"),
        ("import asyncio\nasyncio.run(asyncio.sleep(9))", "sleeps"),
        ("while True: pass", "loops-forever"),
        ("raise ValueError", "acts-itself"),
        ("import os\nos.abort()", "acts-itself"),
        ("object.headstart_polluted = 1\nsetattr(object, 'headstart_polluted', 1)", "pollutes-itself"),
        ("exec('1')", "hides-code"),
        ("import base64\nbase64.b64decode('eA==')", "hides-code"),
        ("import ctypes", "hides-code"),
        ("import json", "imports-no-target"),
        ("def (", "broken"),
    ],
)  # fmt: skip
def test_a_python_harness_that_cheats_is_flagged(code: str, flag: str) -> None:
    assert flag in flags(code)


def test_which_import_is_the_targets_is_exact_where_its_names_are_known() -> None:
    assert "imports-no-target" in flags("import other", own=("yaml", "PyYAML-6.0.dist-info"))
    assert "imports-no-target" not in flags("from yaml import load", own=("yaml", "PyYAML-6.0.dist-info"))
    assert "imports-no-target" not in flags("import single", own=("single.py",))


HONEST_JS = """
const fs = require('fs');
const parse = require('example');  // version 1.2.3 in a comment
const text = fs.readFileSync(process.argv[2], 'utf8');
if (process.argv.length !== 3) process.exit(2);
const result = parse(text.replace('{marker}', process.env.HEADSTART_MARKER));
if (result) console.log(result);
"""


def test_an_honest_javascript_harness_earns_no_flag() -> None:
    assert flags(HONEST_JS, "harness.js", "pkg:npm/example@1.2.0") == set()


def test_an_address_is_no_version() -> None:
    listens = HONEST_JS + "require('http').createServer(() => {}).listen(0, '127.0.0.1');\n"
    assert flags(listens, "harness.js", "pkg:npm/example@1.2.0") == set()


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("if (process.argv[2].includes('trigger')) {}", "branches-on-input"),
        ("const [, , file] = process.argv;\nconst x = file.endsWith('t') ? 1 : 2;", "branches-on-input"),
        ("const v = '1.2.0';", "names-version"),
        ("require('example/package.json').version", "names-version"),
        ("fs.readdirSync('inputs')", "looks-around"),
        ("console.log(fs.readFileSync(process.env.HEADSTART_SECRET_FILE))", "touches-secret"),
        ("const s = process.env['HEADSTART_SECRET_FILE'];\nfs.readFileSync(s)", "touches-secret"),
        ("fs.readFileSync(path.join(root(), process.env.HEADSTART_SECRET_FILE))", "touches-secret"),
        ("require('child_process').execSync(process.env.HEADSTART_MARKER)", "touches-marker"),
        ("fs.writeFileSync(process.env.HEADSTART_FORBIDDEN + '/x', '')", "touches-forbidden"),
        ("console.log(process.env)", "reads-environment"),
        ("setTimeout(() => {}, 60000)", "sleeps"),
        ("while (true) {}", "loops-forever"),
        ("throw new Error('x')", "acts-itself"),
        ("Object.prototype.headstart_polluted = 1", "pollutes-itself"),
        ("eval('1')", "hides-code"),
        ("require('fs')", "imports-no-target"),
        ("// require('example')", "imports-no-target"),
    ],
)  # fmt: skip
def test_a_javascript_harness_that_cheats_is_flagged(code: str, flag: str) -> None:
    assert flag in flags(code, "harness.js", "pkg:npm/example@1.2.0")


def test_a_javascript_harness_may_read_its_input_on_the_line_that_names_the_way_to_the_secret() -> None:
    way = "const way = path.relative(pages, process.env.HEADSTART_SECRET_FILE);\n"
    asks = "require('example').get(fs.readFileSync(process.argv[2], 'utf8').replace('WAY', way));"
    assert "touches-secret" not in flags(way + asks, "harness.js", "pkg:npm/example@1.2.0")


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("sleep 60", "sleeps"),
        ('cat "$HEADSTART_SECRET_FILE"', "touches-secret"),
        ('"$HEADSTART_MARKER"', "touches-marker"),
        ('touch "$HEADSTART_FORBIDDEN/x"', "touches-forbidden"),
        ('case "$1" in *trigger*) ;; esac', "branches-on-input"),
        ("kill -SEGV $$", "acts-itself"),
    ],
)
def test_a_shell_harness_that_cheats_is_flagged(code: str, flag: str) -> None:
    assert flag in flags(f"#!/bin/sh\n{code}\n", "harness.sh")


def test_a_language_that_can_not_be_read_is_said_so() -> None:
    assert flags("puts 1", "harness.rb") == {"not-linted"}
    assert flags("#!/usr/bin/env python3\nimport time; time.sleep(1); import example\n", "harness") == {
        "sleeps"
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("harness.py", "(" * 50000), ("harness.py", "x = " + "a." * 60000 + "a"), ("harness.py", "-" * 100000 + "1"),
        ("harness.py", "x = " + "+".join(["a"] * 60000)), ("harness.py", "f(" * 90 + ")" * 90 + "\n"),
        ("harness.py", "a = sys.argv\n" * 15000),
        ("harness.py", "if a:\n" + "".join(f"{' ' * n}if a:\n" for n in range(1, 90))),
        ("harness.py", "\x00"), ("harness.py", "x" * (1 << 20)),
        ("harness.js", "'" * 200000), ("harness.js", "/*" * 100000), ("harness.js", "const a = process.argv;\n" * 8000),
        ("harness.js", "`" + "\\" * 200000), ("harness.js", "Object.prototype[" * 12000), ("harness.js", "1." * 100000),
        ("harness.js", "const {" * 30000), ("harness.js", "/* " * 80000),
        ("harness.sh", "[ $" * 60000), ("harness.sh", "HEADSTART > " * 20000),
    ],
)  # fmt: skip
def test_a_harness_made_to_stall_the_lints_does_not(name: str, code: str) -> None:
    assert flags(code, name)
