"""The room's rules, one file an idea: what an advisory says, its two formats, a tier's signed index."""
