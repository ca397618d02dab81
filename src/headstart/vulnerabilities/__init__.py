"""Vulnerabilities: one root cause each.

Takes: findings that were proved.
Gives: a vulnerability with its findings, the evidence for each merge, and its affected releases.
Never: merges on looks alone, or in a way that can't be undone.
"""
