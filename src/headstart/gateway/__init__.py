"""The gateway: a door through which a model's users reach it. It passes bytes through and decides nothing."""
