"""Django's name for this room."""

from django.apps import AppConfig


class VulnerabilitiesConfig(AppConfig):
    """The room's tables are `vulnerabilities_*`."""

    name = "headstart.vulnerabilities"
    label = "vulnerabilities"
    default_auto_field = "django.db.models.BigAutoField"
