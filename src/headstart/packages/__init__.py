"""Packages: what a purl names, the order of its releases, and an installed copy of each.

Takes: a purl.
Gives: its releases from the registry, an order-preserving key for each version, ranges in `vers` and OSV form,
    and an installed copy in a store that all jobs share.
Never: runs code of a package: wheels and tarballs are unpacked, build and install scripts are not run.
"""
