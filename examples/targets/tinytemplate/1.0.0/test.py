"""Run with: python test.py"""

import tinytemplate

assert tinytemplate.render("Dear {{ name }}", {"name": "Ada"}) == "Dear Ada"
assert tinytemplate.render("Dear {{ name }}", {}) == "Dear "
assert tinytemplate.check("{{ a }} and {{ b }}") == 2
try:
    tinytemplate.render("{{ a b }}", {})
except tinytemplate.TemplateError:
    pass
else:
    raise AssertionError("a hole with two words was taken")
