"""Django's settings, all read from the environment; `docs/howto/configure.md` lists the variables."""

import os
from pathlib import Path
from typing import Any

from headstart.site.configuration import data_folder, database, models, secret_key, upstreams

HEADSTART_DATA: Path = data_folder(os.environ)
HEADSTART_ORIGIN = os.environ.get("HEADSTART_ORIGIN", "headstart.localhost/log")
HEADSTART_URL = os.environ.get(
    "HEADSTART_URL", "http://localhost:8080"
)  # where letters say that its pages are
HEADSTART_GATEWAY_URL = os.environ.get(
    "HEADSTART_GATEWAY_URL", "http://localhost:8090"
)  # where people reach it
HEADSTART_EXERCISE = os.environ.get("HEADSTART_EXERCISE") == "1"
HEADSTART_FIX_SECONDS = 2.0 if HEADSTART_EXERCISE else 60.0  # for variations, and for lines, of each fix
HEADSTART_BUILDS = not HEADSTART_EXERCISE  # whether a release without a wheel is built from its source
HEADSTART_MODEL = os.environ.get("HEADSTART_MODEL", "")
HEADSTART_UPSTREAMS = upstreams(os.environ)  # where a developer's endpoint may be beside the public internet
HEADSTART_MODELS = models(os.environ)  # model strings that evaluators may ask for

SECRET_KEY = secret_key(HEADSTART_DATA)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HEADSTART_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
ROOT_URLCONF = "headstart.site.urls"
WSGI_APPLICATION = "headstart.site.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = ["ledger", "people", "benchmarks", "reviews", "access", "scans", "findings", "proofs", "vulnerabilities",
         "exposure", "priority", "cases", "advisories", "outcomes", "worker"]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    *[f"headstart.{room}" for room in ROOMS if (Path(__file__).parent.parent / room / "models.py").exists()],
    "headstart.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "headstart.web.middleware.ContentSecurityPolicy",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "headstart.web.context.shared",
            ],
        },
    }
]
DATABASES = {"default": database(os.environ.get("HEADSTART_DATABASE_URL", ""), HEADSTART_DATA)}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "/static/"
STATIC_ROOT = HEADSTART_DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "headstart.web.accounts.ByInvitation"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

CSRF_FAILURE_VIEW = "headstart.web.views.errors.csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "headstart_exercise" if HEADSTART_EXERCISE else "headstart"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("HEADSTART_HTTPS") == "1"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# Mail is written to files, one each, until a server is named: a local outbox.
EMAIL_BACKEND = os.environ.get("HEADSTART_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = HEADSTART_DATA / "outbox"
DEFAULT_FROM_EMAIL = os.environ.get("HEADSTART_FROM", "headstart@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
