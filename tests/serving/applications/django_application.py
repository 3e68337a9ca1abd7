"""A Django project in one file; `application` is its WSGI side, `asynchronous` its ASGI side."""

from django.conf import settings  # type: ignore[import-untyped]
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.http import HttpRequest, JsonResponse  # type: ignore[import-untyped]
from django.urls import path, reverse  # type: ignore[import-untyped]

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for a test only")


def where(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "prefix": request.path[: -len(request.path_info)],
            "header": request.headers.get("X-VH-Prefix"),
            "path": request.path_info,
            "link": reverse("where"),
            "scheme": request.scheme,
            "client": request.META["REMOTE_ADDR"],
            "forwarded_prefix": request.headers.get("X-Forwarded-Prefix"),
        }
    )


urlpatterns = [path("where", where, name="where")]
application = get_wsgi_application()
asynchronous = get_asgi_application()
