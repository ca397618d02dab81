"""The scans room's values: claims, and what a model is pointed at."""
