"""Django's name for this room."""

from django.apps import AppConfig


class ExposureConfig(AppConfig):
    """The room's tables are `exposure_*`."""

    name = "headstart.exposure"
    label = "exposure"
    default_auto_field = "django.db.models.BigAutoField"
