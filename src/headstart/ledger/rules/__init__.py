"""The ledger's rules, one file an idea: the tree, its checkpoints, envelopes, ids."""
