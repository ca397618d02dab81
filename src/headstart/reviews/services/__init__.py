"""The reviews room's writes. None of them can approve, deny or delay a release."""

from headstart.reviews.services.agreements import agreement_words, propose_terms, sign_terms
from headstart.reviews.services.declarations import declare
from headstart.reviews.services.documents import (
    mark_document,
    mark_field,
    put_document,
    read_document,
    read_field,
)
from headstart.reviews.services.enquiries import determination_words, determine, enquire
from headstart.reviews.services.exports import agree_export, ask_export, take_export
from headstart.reviews.services.letters import write_letters
from headstart.reviews.services.partners import partnership_words, revoke_partner, sign_partner
from headstart.reviews.services.windows import (
    end,
    expire_due,
    grant_access,
    release,
    shorten,
    take_back_access,
    withdraw,
)

__all__ = [
    "agree_export",
    "agreement_words",
    "ask_export",
    "declare",
    "determination_words",
    "determine",
    "end",
    "enquire",
    "expire_due",
    "grant_access",
    "mark_document",
    "mark_field",
    "partnership_words",
    "propose_terms",
    "put_document",
    "read_document",
    "read_field",
    "release",
    "revoke_partner",
    "shorten",
    "sign_partner",
    "sign_terms",
    "take_back_access",
    "take_export",
    "withdraw",
    "write_letters",
]
