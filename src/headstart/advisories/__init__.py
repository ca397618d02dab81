"""Advisories: what defenders are told, in the formats that their tools read.

Takes: a vulnerability with its evidence, and the coordinator's word that a tier may know.
Gives: CSAF 2.0 and OSV documents, signed, as plain files tier by tier; the operator's client that verifies them.
Never: invents what is not known (a score, a CVE, a vendor), or lets a tier see what is meant for an earlier one.
"""
