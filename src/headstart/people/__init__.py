"""People: organisations, members, roles, keys; who is looking.

Takes: organisations and the people in them.
Gives: a `Viewer`, which every query asks for, and tokens for machines.
Never: decides what a viewer may see of another room's things: each room's queries do.
"""
