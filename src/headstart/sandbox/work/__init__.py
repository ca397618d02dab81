"""Choose a sandbox, find its tools, examine the machine."""
