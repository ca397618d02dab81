"""Django's name for this room."""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """The room's tables are `findings_*`."""

    name = "headstart.findings"
    label = "findings"
    default_auto_field = "django.db.models.BigAutoField"
