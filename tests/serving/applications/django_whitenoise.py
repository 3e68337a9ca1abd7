"""A Django project in one file, its settings too: static files by WhiteNoise, errors in the log."""

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse  # type: ignore[import-untyped]
from django.shortcuts import redirect  # type: ignore[import-untyped]
from django.templatetags.static import static  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]

SECRET_KEY = "for a test only"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = __name__
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
STATICFILES_DIRS = [Path(__file__).parent]
STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/"
WHITENOISE_STATIC_PREFIX = "/static/"
WHITENOISE_USE_FINDERS = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"]},
}


def where(_: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<a href="{static("app.py")}">Its own code, as if it were an image</a>')


def failing(_: HttpRequest) -> HttpResponse:
    raise ValueError("a mistake of the project")


urlpatterns = [
    path("where", where, name="where"),
    path("away", lambda _: redirect("where")),
    path("failing", failing),
]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", __name__)
application = get_wsgi_application()
