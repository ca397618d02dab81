"""Django's name for this room."""

from django.apps import AppConfig


class AdvisoriesConfig(AppConfig):
    """The room's tables are `advisories_*`."""

    name = "headstart.advisories"
    label = "advisories"
    default_auto_field = "django.db.models.BigAutoField"
