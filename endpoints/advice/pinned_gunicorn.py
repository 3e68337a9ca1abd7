"""Requirements that pin a gunicorn which cannot serve the endpoint's application by itself."""

import re
from collections.abc import Iterator

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

FIRST_WITH_ASGI = 24
"""The first gunicorn with a worker for ASGI. It needs Python 3.10."""

_PIN = re.compile(
    r"^gunicorn(?:\[[^]]*\])?\s*(?P<pin>==\s*(?P<major>\d+)[\w.]*)", re.MULTILINE | re.IGNORECASE
)
_MAKES_ASGI = re.compile(r"\b(?:FastAPI|Starlette|get_asgi_application)\(")


def advise_on_pinned_gunicorn(subject: Subject) -> Iterator[Problem]:
    """Find a pin below the first gunicorn for ASGI where the module of `wsgi` makes an ASGI application."""
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi):
        return
    requirements = code.requirements()
    pin = _PIN.search(code.text(requirements)) if requirements else None
    if pin is None or int(pin["major"]) >= FIRST_WITH_ASGI:
        return
    module = server.module.replace(".", "/")
    if any(_MAKES_ASGI.search(code.text(path)) for path in (f"{module}.py", f"{module}/__init__.py")):
        version = pin["pin"].replace(" ", "")
        text = (
            f"is an ASGI application, and {requirements} pins gunicorn{version}, which serves those by"
            f" Uvicorn's worker if it is installed and not at all otherwise; pin {FIRST_WITH_ASGI} or newer,"
            " remove the pin, or add uvicorn-worker"
        )
        yield subject.in_manifest("wsgi", text)
