"""Cases: who knows, who agreed, until when.

Takes: a vulnerability.
Gives: its parties and their consent, the embargo, messages written for them, the fix that was offered.
Never: lets anyone see a vulnerability whom no party's standing or publication lets see it.
"""
