"""The pages' addresses."""

from django.urls import path

from headstart.web.views import (
    advisories,
    asking,
    findings,
    ledger,
    operators,
    overview,
    reviews,
    seats,
    vulnerabilities,
)

app_name = "web"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("window", overview.window, name="window"),
    path("picture.svg", overview.picture, name="picture"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<str:review_id>/", reviews.review, name="review"),
    path("findings/", findings.findings, name="findings"),
    path("findings/<str:finding_id>/", findings.finding, name="finding"),
    path("findings/<str:finding_id>/receipt.json", findings.receipt, name="receipt"),
    path("findings/<str:finding_id>/ask", asking.ask, name="ask"),
    path("findings/<str:finding_id>/asked", asking.tasks, name="asked"),
    path(
        "findings/<str:finding_id>/fixes/<str:check_id>.json",
        findings.fix_receipt,
        name="finding-fix-receipt",
    ),
    path("findings/<str:finding_id>/smaller/<int:number>", findings.smaller, name="smaller"),
    path("vulnerabilities/", vulnerabilities.vulnerabilities, name="vulnerabilities"),
    path("vulnerabilities/<str:vulnerability_id>/", vulnerabilities.vulnerability, name="vulnerability"),
    path("vulnerabilities/<str:vulnerability_id>/fix.json", vulnerabilities.fix_receipt, name="fix-receipt"),
    path("operators/", operators.operators, name="operators"),
    path("list/", operators.my_list, name="my-list"),
    path("operators/<str:operator_id>/", operators.operator, name="operator"),
    path("operators/<str:operator_id>/done", operators.done, name="done"),
    path("advisories/", advisories.advisories, name="advisories"),
    path("advisories/<str:advisory_id>/<str:name>", advisories.document, name="advisory-document"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/checkpoint.txt", ledger.checkpoint, name="checkpoint"),
    path("ledger/verify", ledger.verify, name="verify-ledger"),
    path("seats/", seats.seats, name="seats"),
    path("seats/take", seats.take, name="take-seat"),
    path("seats/leave", seats.leave, name="leave-seat"),
]
