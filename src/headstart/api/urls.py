"""The API's addresses."""

from django.urls import path

from headstart.api.routes import api

urlpatterns = [path("", api.urls)]
