"""Scans: who looks where, so that nobody looks twice; a model or scanner pointed at a release.

Takes: a target and who wants it; a model string and what the target may do by its documentation.
Gives: a claim that others meet; reports in the report format, each with its proof.
Never: tells one organisation who another is, publishes a finding, or believes what a model says without running it.
"""
