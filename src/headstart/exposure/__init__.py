"""Exposure: inventories, and who runs the affected thing.

Takes: what operators run (CycloneDX and SPDX documents, one for each asset), and which releases are affected.
Gives: hits: this asset holds that component, and it is affected or may be; who has deployed the fix.
Never: shows one operator's inventory, hit or deployment to another organisation (the hub gets counts), or says
    "no" where it does not know: a version that is missing or can't be ordered is a hit that says unknown.
"""
