"""Headstart: the defenders' head start.

Before a powerful AI model is released, measure what it can do in cyber security, prove and merge what it
finds, get it fixed, and tell defenders first. docs/design/house.md is the map of the rooms.
"""

__version__ = "0.1.0"
