"""The agents room's values: assignments and attempts, the task sheet, the reference models' choices."""
