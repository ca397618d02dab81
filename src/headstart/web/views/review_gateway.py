"""The developer's endpoints, and the keys that it gives to persons; a person sees their own."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.access import queries as gateway
from headstart.access import services as reaching
from headstart.access.rules import Dialect
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.reviews.errors import NotTheirs
from headstart.reviews.rules import Safeguards, Scope
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import sheet

if TYPE_CHECKING:
    from headstart.access.models import Key
    from headstart.reviews.models import Review

VARIABLES = {
    Dialect.OPENAI: ("OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1", "openai-api/openai"),
    Dialect.ANTHROPIC: ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "", "anthropic"),
}


@require_http_methods(["GET", "POST"])
@page
def endpoints(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The developer's desk: endpoints, keys, and the forms for both."""
    found = queries.review(viewer, review_id)
    if viewer.organisation_id != found.developer_id:
        raise NotTheirs("the developer", "set up its endpoint and give people keys")
    if request.method == "GET":
        return _endpoints(request, viewer, found)
    acts = {"add": _add, "remove": _remove, "give": _give, "revoke": _revoke}
    act = acts.get(request.POST.get("do", ""), _revoke)
    return kept(
        lambda: act(request, viewer, found), lambda refused: _endpoints(request, viewer, found, refused)
    )


def _endpoints(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    typed = {name: value for name, value in request.POST.items() if name != "secret"}
    shown = sheet(viewer, found) | {
        "upstreams": [each for each in gateway.upstreams(viewer, found.id) if each.removed_at is None],
        "keys": _keys(viewer, found),
        "dialects": wording.DIALECTS.items(),
        "safeguards": wording.WITH_SAFEGUARDS.items(),
        "scopes": [
            (each, wording.SCOPES[each], not typed.get("member") or each in request.POST.getlist("scopes"))
            for each in Scope
        ],
        "typed": typed,
        "refused": refused,
    }
    return render(request, "web/review_gateway.html", shown)


def _keys(viewer: Viewer, found: "Review") -> list[dict[str, Any]]:
    return [
        {"key": each, "scopes": ", ".join(each.scopes), "budget": _budget(each)}
        for each in gateway.keys(viewer, found.id)
    ]


def _budget(key: "Key") -> str:
    """What a key may use, in words."""
    bounds = [
        f"{key.most_tokens:,} tokens" if key.most_tokens is not None else "",
        f"{key.most_cost:,.2f} US dollars" if key.most_cost is not None else "",
        f"{key.requests_a_minute} requests a minute",
        f"{key.most_streams} at the same time",
    ]
    return ", ".join(filter(None, bounds))


def _add(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    said = request.POST
    made = reaching.add_upstream(
        found.id,
        actor=viewer,
        name=forms.line(said, "name", "Name", needed=True),
        dialect=forms.chosen(Dialect, said, "dialect", "Protocol"),
        base_url=forms.line(said, "base_url", "Address", needed=True),
        secret=said.get("secret", "").strip(),
        models=forms.lines(said, "models", "Models"),
        safeguards=forms.chosen(Safeguards, said, "safeguards", "Safeguards"),
        price_in=forms.money(said, "price_in", "Price of tokens in") or Decimal(0),
        price_out=forms.money(said, "price_out", "Price of tokens out") or Decimal(0),
    )
    messages.success(request, f"Added {made.name}. Its key is sealed; nobody is ever shown it again.")
    return redirect("web:review-gateway", found.id)


def _remove(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    removed = reaching.remove_upstream(request.POST.get("upstream", ""), actor=viewer)
    messages.success(request, f"Removed {removed.name}: every key to it has ended, and its own key is gone.")
    return redirect("web:review-gateway", found.id)


def _give(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    said = request.POST
    key, shown = reaching.give_key(
        said.get("upstream", ""),
        forms.line(said, "member", "Person", needed=True),
        actor=viewer,
        scopes=frozenset(forms.chosen(Scope, {"": each}, "", "Scopes") for each in said.getlist("scopes")),
        most_tokens=forms.whole(said, "most_tokens", "Tokens at most"),
        most_cost=forms.money(said, "most_cost", "US dollars at most"),
        requests_a_minute=forms.some(said, "requests_a_minute", "Requests a minute"),
        most_streams=forms.some(said, "most_streams", "At the same time"),
        expires_at=forms.moment(said, "expires_at", "Ends on", found.programme.zone),
    )
    base, secret, path, provider = VARIABLES[Dialect(key.upstream.dialect)]
    environment = f"export {base}={settings.HEADSTART_GATEWAY_URL.rstrip('/')}{path}\nexport {secret}={shown}"
    models = key.upstream.models_text
    told = sheet(viewer, found) | {"key": key, "environment": environment, "models": models}
    told["command"] = f"headstart bench run --model {provider}/{models[0]}"
    answer = render(request, "web/review_key_shown.html", told)
    answer["Cache-Control"] = "no-store"
    return answer


def _revoke(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    key = reaching.revoke_key(request.POST.get("key", ""), actor=viewer)
    messages.success(request, f"The key of {key.member.user.get_username()} that ends in {key.hint} is over.")
    mine = viewer.organisation_id == found.developer_id
    return redirect("web:review-gateway" if mine else "web:review-keys", found.id)


@require_http_methods(["GET", "POST"])
@page
def keys(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """A person's own keys, and those of their organisation: how far each is, and a button that ends it."""
    found = queries.review(viewer, review_id)
    if request.method == "POST":
        return kept(
            lambda: _revoke(request, viewer, found), lambda refused: _own(request, viewer, found, refused)
        )
    return _own(request, viewer, found)


def _own(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    rows = _keys(viewer, found)
    mine = [each for each in rows if each["key"].member_id == viewer.member_id]
    shown = sheet(viewer, found) | {
        "mine": mine,
        "others": [each for each in rows if each["key"].member_id != viewer.member_id],
        "address": settings.HEADSTART_GATEWAY_URL,
        "refused": refused,
    }
    return render(request, "web/review_keys.html", shown)
