"""Reports: a report with its proof, read, checked and written (docs/report-format.md).

Takes: a folder from outside.
Gives: a checked `Report` with the digest of its files, a copy on a shelf, flags for the person who reads a harness.
Never: runs anything of it, follows a link, or keeps half of it.
"""
