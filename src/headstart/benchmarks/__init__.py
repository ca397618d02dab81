"""Benchmarks: an honest measure of what a model can do, on items that nobody has seen.

Takes: a model string, families of generated tasks, a plan that was sealed before the run.
Gives: what came of each item, and an ability with its interval.
Never: puts an oracle in the agent's sandbox, scores by reading, counts a refusal or a broken machine as a failure.
"""
