"""Django's name for this room."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """The room's tables are `worker_*`."""

    name = "headstart.worker"
    label = "worker"
    default_auto_field = "django.db.models.BigAutoField"
