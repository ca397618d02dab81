"""The sandbox's values: jobs and how they ended, the allowed system calls, crash logs read."""
