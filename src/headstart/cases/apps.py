"""Django's name for this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The room's tables are `cases_*`."""

    name = "headstart.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
