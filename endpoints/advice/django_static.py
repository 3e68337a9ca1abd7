"""Static files of Django, whose links would not have the prefix."""

import re
from collections.abc import Iterator

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

_WHITENOISE = re.compile(r"whitenoise\.middleware\.WhiteNoiseMiddleware")
_KNOWS_A_PREFIX = re.compile(r"SCRIPT_NAME|VH_DEFAULT_PREFIX|WHITENOISE_STATIC_PREFIX")


def advise_on_django_static_files(subject: Subject) -> Iterator[Problem]:
    """Find WhiteNoise in a Django project that says nothing of the prefix.

    It reads STATIC_URL while the project is imported, and Django keeps what it was then, without the prefix
    that only requests tell.
    """
    code = subject.code
    if not isinstance(subject.endpoint.server, Wsgi) or not subject.is_built:
        return
    if code.mentions(_WHITENOISE) and not code.mentions(_KNOWS_A_PREFIX):
        text = (
            "WhiteNoise reads STATIC_URL before Django knows the prefix, so that no link to a static file "
            'has it; write STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/" and '
            'WHITENOISE_STATIC_PREFIX = "/static/"'
        )
        yield subject.in_manifest("wsgi", text)
