"""Names that mean nothing."""

from headstart.benchmarks.rules.draw import Draw

DOES = ("take", "turn", "fold", "weigh", "mark", "trim", "pour", "sort", "lift", "bind", "hold", "seal", "move", "cast",
        "read", "join", "spin", "drop", "tend", "keep")  # fmt: skip
THINGS = ("barley", "cedar", "copper", "ember", "fern", "gravel", "harbor", "iris", "juniper", "kelp", "lantern",
          "maple", "nickel", "oat", "pebble", "quartz", "reed", "slate", "thistle", "umber", "velvet", "willow",
          "yarrow", "zinc")  # fmt: skip


def names(draw: Draw, count: int) -> list[str]:
    """`count` different names for functions."""
    return [f"{draw.choice(DOES)}_{thing}" for thing in draw.some(THINGS, count)]


def nouns(draw: Draw, count: int) -> list[str]:
    """`count` different plain words."""
    return draw.some(THINGS, count)
