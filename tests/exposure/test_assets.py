"""assets.toml: what an operator runs, and what it did not say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headstart.exposure import errors, work
from headstart.exposure.rules.states import Exposed

Write = Callable[[str, Any], Path]

GOOD = """
operator = "Prairie Hospital"
time_zone = "America/Chicago"
[[asset]]
name = "patient portal"
inventory = "portal.cdx.json"
exposed = true
service = "patients can't see their results"
[[asset]]
name = "laboratory"
inventory = "lab.spdx.json"
exposed = "no"
[[asset]]
name = "archive"
inventory = "archive.cdx.json"
"""


def test_reach_that_nobody_stated_is_unknown(write: Write) -> None:
    found = work.read_assets(write("assets.toml", GOOD))
    assert (found.operator, found.time_zone) == ("Prairie Hospital", "America/Chicago")
    assert [(each.name, each.exposed) for each in found] == [
        ("patient portal", Exposed.YES),
        ("laboratory", Exposed.NO),
        ("archive", Exposed.UNKNOWN),
    ]
    assert found.assets[0].path.name == "portal.cdx.json"
    assert found.assets[0].service == "patients can't see their results"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[asset", "is not TOML"),
        ("operator = 'x'", "missing required field `asset`"),
        ("[[asset]]\nname = 'a'\ninventory = 'i'\nexposed = 'maybe'", "say yes, no or unknown"),
        ("[[asset]]\nname = 'a'\ninventory = 'i'\nexpose = true", "unknown field `expose`"),
        ("[[asset]]\nname = 'a'\ninventory = '../i'", "outside its folder"),
        ("[[asset]]\nname = 'a'\ninventory = 'i'\n[[asset]]\nname = 'a'\ninventory = 'j'", "of its own"),
        ("time_zone = 'Mars/Base'\nasset = []", "no zone"),
        ("time_zone = '/etc/passwd'\nasset = []", "no zone"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(text: str, words: str, write: Write) -> None:
    with pytest.raises(errors.AssetsInvalid) as caught:
        work.read_assets(write("assets.toml", text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
