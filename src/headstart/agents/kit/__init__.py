"""What the reference models write into the sandbox and run there: standard library alone, nothing of Headstart.

Each module is sent whole, with a call of its `main(sheet, turn)` at the end. A module that finds something
writes the answer file and prints a line that starts with `HANDED IN`.
"""
