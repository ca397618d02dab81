"""The priority room's rules, one file an idea: decision tables, the decision, its words."""
