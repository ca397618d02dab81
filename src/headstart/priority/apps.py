"""Django's name for this room."""

from django.apps import AppConfig


class PriorityConfig(AppConfig):
    """The room's tables are `priority_*`."""

    name = "headstart.priority"
    label = "priority"
    default_auto_field = "django.db.models.BigAutoField"
