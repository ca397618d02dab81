"""Findings: what finders hand in.

Takes: a report with its proof, in a folder.
Gives: a finding, once each: the report kept by its digest, who handed it in, when.
Never: judges whether it is true (`proofs`), or the same as another (`vulnerabilities`).
"""
