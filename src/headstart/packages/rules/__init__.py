"""The packages' rules, one file an idea: purls, the order of versions, ranges."""
