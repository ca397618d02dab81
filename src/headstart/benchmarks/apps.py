"""Django's name for this room."""

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    """The room's tables are `benchmarks_*`."""

    name = "headstart.benchmarks"
    label = "benchmarks"
    default_auto_field = "django.db.models.BigAutoField"
