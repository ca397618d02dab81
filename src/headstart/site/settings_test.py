"""The settings of the test suite: a scratch data folder, and the database that HEADSTART_TEST_DATABASE_URL names."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("HEADSTART_DATA", tempfile.mkdtemp(prefix="headstart-test-"))

from headstart.site.configuration import database
from headstart.site.settings import *  # noqa: F403 - a settings file extends another
from headstart.site.settings import HEADSTART_DATA, STATIC_ROOT, STORAGES

DATABASES = {"default": database(os.environ.get("HEADSTART_TEST_DATABASE_URL", ""), Path(HEADSTART_DATA))}
DATABASES["default"]["OPTIONS"].pop("pool", None)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is absent
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
HEADSTART_FIX_SECONDS = 2.0
HEADSTART_BUILDS = True
