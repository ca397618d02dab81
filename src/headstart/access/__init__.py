"""Access: the gateway through which evaluators and partners reach a developer's model.

Takes: a developer's endpoint with its key, and who may reach it until when (reviews).
Gives: a key for each person, what each used, and an entry in the ledger for each request.
Never: hands out the developer's key, changes what passes through, or keeps words that the agreement doesn't allow.
"""
