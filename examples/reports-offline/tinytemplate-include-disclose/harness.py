"""Render the template that the input file holds; {secret} in it stands for the path of the secret."""

import os
import pathlib
import sys

sys.path.insert(0, "source")
import tinytemplate

template = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
template = template.replace("{secret}", os.path.relpath(os.environ["HEADSTART_SECRET_FILE"], "templates"))
try:
    print(tinytemplate.render(template, {"name": "Ada"}, pathlib.Path("templates")))
except (TypeError, tinytemplate.TemplateError) as refusal:  # the first release knows no folder
    print("refused:", type(refusal).__name__)
