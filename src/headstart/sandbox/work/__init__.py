"""Choose a sandbox, find its tools, read what jobs left, examine the machine, measure what it costs."""

from headstart.sandbox.work.choice import choose, tools
from headstart.sandbox.work.examination import examine
from headstart.sandbox.work.leftovers import left
from headstart.sandbox.work.speed import Figures, overhead

__all__ = ["Figures", "choose", "examine", "left", "overhead", "tools"]
