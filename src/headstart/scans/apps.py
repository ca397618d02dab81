"""Django's name for this room."""

from django.apps import AppConfig


class ScansConfig(AppConfig):
    """The room's tables are `scans_*`."""

    name = "headstart.scans"
    label = "scans"
    default_auto_field = "django.db.models.BigAutoField"
