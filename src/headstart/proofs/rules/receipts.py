"""What a receipt says: two in-toto predicates, one for a reproduction and one for a mitigation.

docs/schemas/reproduction-1.schema.json and mitigation-1.schema.json are their schemas. Field names are in lower
camel case and consumers ignore fields that they don't know (in-toto attestation framework, v1).
"""

REPRODUCTION = "urn:headstart:predicate:reproduction:1"
MITIGATION = "urn:headstart:predicate:mitigation:1"
PREDICATES = (REPRODUCTION, MITIGATION)
