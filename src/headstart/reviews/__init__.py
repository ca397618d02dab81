"""Reviews: the voluntary pre-release window.

Takes: a programme (a file), and a developer's wish to have its model examined before it is released.
Gives: the window, who may reach the model in it, and the authority's signed answer.
Never: approves, denies or delays a release: there is no such state, move or field, and a test keeps it so.
"""
