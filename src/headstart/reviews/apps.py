"""Django's name for this room."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """The room's tables are `reviews_*`."""

    name = "headstart.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
