"""The reference models' endpoint, and Inspect AI: its sandbox provider and its runs."""
