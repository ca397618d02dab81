"""Sandbox: run what nobody trusts, and say how it ended.

Takes: a job: a program, a work folder that the caller made, what it may read, and limits.
Gives: how it ended, what it printed, what it used, and which limits came from what; crash logs read.
Never: starts bubblewrap as the machine's root, gives a job the network, lends two running jobs one user id,
    or runs without a sandbox where none is fit. The weak provider runs only what ships with Headstart.
"""
