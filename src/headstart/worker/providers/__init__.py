"""The engines there are."""
