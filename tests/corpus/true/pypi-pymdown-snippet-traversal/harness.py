"""Turn the Markdown in the input file into HTML.

{secret} in it stands for the path of a file outside the folder of snippets.
"""

import os
import pathlib
import sys

import markdown
from pymdownx.snippets import SnippetExtension

text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
text = text.replace("{secret}", os.environ["HEADSTART_SECRET_FILE"])
try:
    snippets = SnippetExtension(base_path="snippets")
except TypeError:  # older releases take a dictionary
    snippets = SnippetExtension({"base_path": "snippets"})
print(markdown.markdown(text, extensions=[snippets]))
