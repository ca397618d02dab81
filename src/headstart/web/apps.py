"""Django's name for this door."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, their templates and static files; no tables."""

    name = "headstart.web"
    label = "web"
