"""What every page is told: who is looking, and whether this is an exercise."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from headstart.web.looking import viewer


def shared(request: HttpRequest) -> dict[str, Any]:
    """The viewer and the exercise flag; error pages of a request that never met a session go without."""
    if not hasattr(request, "user"):
        return {"exercise": settings.HEADSTART_EXERCISE}
    return {"viewer": viewer(request), "exercise": settings.HEADSTART_EXERCISE}
