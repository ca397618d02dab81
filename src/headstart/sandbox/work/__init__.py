"""Choose a sandbox, find its tools, examine the machine."""

from headstart.sandbox.work.choice import choose, tools

__all__ = ["choose", "tools"]
