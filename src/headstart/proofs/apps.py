"""Django's name for this room."""

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    """The room's tables are `proofs_*`."""

    name = "headstart.proofs"
    label = "proofs"
    default_auto_field = "django.db.models.BigAutoField"
