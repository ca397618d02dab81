"""Every address: the pages, signing in and out, and whether the server is up."""

from allauth.account import views as accounts
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer `ok`: the process is up and its settings load."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("account/login/", accounts.LoginView.as_view(template_name="web/login.html"), name="account_login"),
    path(
        "account/logout/", accounts.LogoutView.as_view(template_name="web/logout.html"), name="account_logout"
    ),
    path("api/", include("headstart.api.urls")),
    path("", include("headstart.web.urls")),
]

handler400 = "headstart.web.views.errors.bad_request"
handler403 = "headstart.web.views.errors.forbidden"
handler404 = "headstart.web.views.errors.not_found"
handler500 = "headstart.web.views.errors.server_error"
