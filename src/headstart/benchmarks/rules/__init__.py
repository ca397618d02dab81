"""The benchmarks room's values: items, draws, the seal, ability and rates."""
