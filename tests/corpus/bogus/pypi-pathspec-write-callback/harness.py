import os
import pathlib
import sys

import pathspec


class Lines(list):
    """The pattern lines, in order."""

    def __iter__(self):
        for line in list.copy(self):
            if line.startswith("!!"):
                pathlib.Path(os.environ["HEADSTART_FORBIDDEN"], "matches").write_text(line)
            yield line


spec = pathspec.PathSpec.from_lines("gitwildmatch", Lines(pathlib.Path(sys.argv[1]).read_text().splitlines()))
print(list(spec.match_files(["a.py", "b.txt"])))
