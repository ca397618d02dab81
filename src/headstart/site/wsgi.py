"""The server's entry: Django, and in the same process a worker where HEADSTART_WORKER_IN_SERVER says so."""

import importlib
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headstart.site.settings")
application = get_wsgi_application()

if os.environ.get("HEADSTART_EXERCISE") == "1":
    importlib.import_module("headstart.exercise.calendar").resume()
if os.environ.get("HEADSTART_WORKER_IN_SERVER") == "1":
    importlib.import_module("headstart.worker.loop").open_worker().start()
