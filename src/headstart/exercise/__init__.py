"""Exercise: a door, too: a made-up cast that uses the services as people would.

Only the cast (`cast.toml`) and the calendar are made up. Every measurement, run, verdict, match and signature is
real and done by the rooms themselves; nothing here knows what will come out.
"""
