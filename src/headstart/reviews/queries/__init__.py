"""The reviews room's reads; each asks who is looking."""

from headstart.reviews.queries.agreements import (
    agreement,
    agreements,
    review_to_agree_on,
    terms_in_force,
    to_sign,
)
from headstart.reviews.queries.documents import (
    EXPORT_LASTS,
    Copy,
    Paper,
    declarations,
    document,
    document_to_read,
    documents,
    export,
    exports,
    has_declared,
    is_in,
    traced,
)
from headstart.reviews.queries.marking import (
    FIELDS,
    Field,
    fields,
    is_noted_field,
    marking_of,
    name_for,
    reader,
    role_of,
    value_of,
)
from headstart.reviews.queries.partners import partner, partners
from headstart.reviews.queries.reaching import reach
from headstart.reviews.queries.reviews import accesses, determinations, readers_of, review, reviews
from headstart.reviews.queries.windows import is_running, remaining, to_measure

__all__ = [
    "EXPORT_LASTS",
    "FIELDS",
    "Copy",
    "Field",
    "Paper",
    "accesses",
    "agreement",
    "agreements",
    "declarations",
    "determinations",
    "document",
    "document_to_read",
    "documents",
    "export",
    "exports",
    "fields",
    "has_declared",
    "is_in",
    "is_noted_field",
    "is_running",
    "marking_of",
    "name_for",
    "partner",
    "partners",
    "reach",
    "reader",
    "readers_of",
    "remaining",
    "review",
    "review_to_agree_on",
    "reviews",
    "role_of",
    "terms_in_force",
    "to_measure",
    "to_sign",
    "traced",
    "value_of",
]
