"""Make an item again, in a process of its own: `python -m headstart.benchmarks.work.again FAMILY SEED LEVEL`."""

import sys

from headstart.benchmarks.rules.items import digest
from headstart.benchmarks.work.catalogue import item

if __name__ == "__main__":
    name, seed, level = sys.argv[1:]
    sys.stdout.write(digest(item(name, int(seed), int(level))) + "\n")
