import pathlib
import sys

import tinytemplate

text = pathlib.Path(sys.argv[1]).read_text()
try:
    tinytemplate.no_such_name  # noqa: B018
except AttributeError as error:
    if "{" in text:
        raise LookupError("a brace").with_traceback(error.__traceback__)
