"""Requirements of a `wsgi` application that are not installed, or that keep it from being served."""

import re
import tomllib
from collections.abc import Iterator

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

FIRST_WITH_ASGI = 24
"""The first gunicorn with its own worker for ASGI. It needs Python 3.10."""

_PROJECT_FILE = "pyproject.toml"
_GUNICORN_PIN = re.compile(
    r"^gunicorn(?:\[[^]]*\])?\s*(?P<pin>==\s*(?P<major>\d+)[\w.]*)", re.MULTILINE | re.IGNORECASE
)
_MAKES_ASGI = re.compile(r"\b(?:FastAPI|Starlette|get_asgi_application)\(")


def advise_on_uninstalled_projects(subject: Subject) -> Iterator[Problem]:
    """Find an application of `wsgi` that has dependencies in pyproject.toml and no requirements file.

    Only requirements files are installed, as at Valohai. A server-command may install by itself.
    """
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi) or not subject.is_built or code.requirements() is not None:
        return
    try:
        project = tomllib.loads(code.text(_PROJECT_FILE))
    except tomllib.TOMLDecodeError:
        return
    if not _has_dependencies(project):
        return
    moved = code.module_file(f"src.{server.module}") if not code.has_module(server.module) else None
    lost = f", and {moved} cannot be imported without an installation" if moved else ""
    remedy = (
        "a line with only a dot installs the project with its dependencies"
        if "build-system" in project
        else "with a [build-system] in pyproject.toml, a line with only a dot would install the project"
    )
    yield subject.on_server(
        f"the dependencies in {_PROJECT_FILE} are not installed{lost}: only requirements-deployment.txt or "
        f"requirements.txt is; add one of them ({remedy}), or ignore this if the image has all of them"
    )


def _has_dependencies(project: dict[str, object]) -> bool:
    """Tell whether there are any except Python itself, in the standard table or in Poetry's."""
    match project:
        case {"project": {"dependencies": [_, *_]}}:
            return True
        case {"tool": {"poetry": {"dependencies": dict(found)}}}:
            return bool(found.keys() - {"python"})
    return False


def advise_on_pinned_gunicorn(subject: Subject) -> Iterator[Problem]:
    """Find a pin below the first gunicorn for ASGI if the module of `wsgi` makes an ASGI application."""
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi):
        return
    requirements = code.requirements()
    pin = _GUNICORN_PIN.search(code.text(requirements)) if requirements else None
    if pin is None or int(pin["major"]) >= FIRST_WITH_ASGI:
        return
    if _MAKES_ASGI.search(code.text(code.module_file(server.module))):
        version = pin["pin"].replace(" ", "")
        yield subject.on_server(
            f"is an ASGI application, but {requirements} pins gunicorn{version}, which serves ASGI only with "
            f"Uvicorn's worker; pin {FIRST_WITH_ASGI} or newer, remove the pin, or add uvicorn-worker"
        )
