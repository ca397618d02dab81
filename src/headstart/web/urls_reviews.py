"""The addresses of a review's pages. None of them can hold a release back."""

from django.urls import path

from headstart.web.views import (
    review_determination,
    review_documents,
    review_exports,
    review_gateway,
    review_interests,
    review_partners,
    review_terms,
    review_usage,
    review_window,
    reviews,
)

ONE = "reviews/<str:review_id>"
REVIEWS = [
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/new", reviews.new, name="new-review"),
    path(f"{ONE}/", reviews.review, name="review"),
    path(f"{ONE}/calendar.ics", reviews.calendar, name="review-calendar"),
    path(f"{ONE}/terms", review_terms.terms, name="review-terms"),
    path(f"{ONE}/terms/<str:agreement_id>", review_terms.agreement, name="review-agreement"),
    path(
        f"{ONE}/terms/<str:agreement_id>/words.json",
        review_terms.agreement_words,
        name="review-agreement-words",
    ),
    path(f"{ONE}/determination", review_determination.determination, name="review-determination"),
    path(f"{ONE}/partners/new", review_partners.propose, name="review-propose-partner"),
    path(f"{ONE}/partners/<int:partner_id>", review_partners.partner, name="review-partner"),
    path(
        f"{ONE}/partners/<int:partner_id>/words.json",
        review_partners.partner_words,
        name="review-partner-words",
    ),
    path(f"{ONE}/window", review_window.window, name="review-window"),
    path(f"{ONE}/access", review_window.access, name="review-access"),
    path(f"{ONE}/documents", review_documents.shelf, name="review-documents"),
    path(f"{ONE}/documents/<str:document_id>", review_documents.document, name="review-document"),
    path(
        f"{ONE}/documents/<str:document_id>/mark", review_documents.mark_document, name="review-document-mark"
    ),
    path(f"{ONE}/fields/mark", review_documents.mark, name="review-mark"),
    path(f"{ONE}/fields/<str:name>", review_documents.field, name="review-field"),
    path(f"{ONE}/exports", review_exports.exports, name="review-exports"),
    path(f"{ONE}/exports/<str:export_id>/take", review_exports.take, name="review-take-export"),
    path(f"{ONE}/interests", review_interests.interests, name="review-interests"),
    path(f"{ONE}/gateway", review_gateway.endpoints, name="review-gateway"),
    path(f"{ONE}/keys", review_gateway.keys, name="review-keys"),
    path(f"{ONE}/usage", review_usage.usage, name="review-usage"),
    path(f"{ONE}/usage.csv", review_usage.as_csv, name="review-usage-csv"),
]
