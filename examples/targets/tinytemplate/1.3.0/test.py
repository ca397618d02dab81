"""Run with: python test.py"""

import pathlib
import tempfile

import tinytemplate

assert tinytemplate.render("Dear {{ name }}", {"name": "Ada"}) == "Dear Ada"
assert tinytemplate.render("Dear {{ name }}", {}) == "Dear "
assert tinytemplate.render("{{ name | upper }}", {"name": "Ada"}) == "ADA"
assert tinytemplate.check("{{ a }} and {{ b }}") == 2
try:
    tinytemplate.render("{{ a b }}", {})
except tinytemplate.TemplateError:
    pass
else:
    raise AssertionError("a hole with two words was taken")

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "foot.txt").write_text("Yours, {{ who }}")
    assert (
        tinytemplate.render('Hello. {{ include "foot.txt" }}', {"who": "Ada"}, folder) == "Hello. Yours, Ada"
    )
    try:
        tinytemplate.render('{{ include "absent.txt" }}', {}, folder)
    except tinytemplate.TemplateError:
        pass
    else:
        raise AssertionError("an absent file was included")
    (folder / "parts").mkdir()
    (folder / "parts" / "head.txt").write_text("Dear {{ who }}")
    assert tinytemplate.render('{{ include "parts/head.txt" }}', {"who": "Ada"}, folder) == "Dear Ada"
