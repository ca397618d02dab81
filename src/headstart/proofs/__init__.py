"""Proofs: what the hub saw when it ran a report.

Takes: a report with its proof (`reports`), a store of releases (`packages`), a sandbox.
Gives: a verdict (the rung reached, who caused the effect, in one sentence) and its signed receipt; which
    releases are affected; whether two reports are the same; how far a fix climbs.
Never: trusts a harness, runs anything outside a sandbox, rates severity, or tells anyone.
"""
