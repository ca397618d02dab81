"""Django's name for this room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room's tables are `ledger_*`."""

    name = "headstart.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
