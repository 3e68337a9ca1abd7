"""Requirements of a `wsgi` application that are not installed, or that keep it from being served."""

import re
import tomllib
from collections.abc import Iterator

from endpoints.advice.code import Code
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


_SET = "set requirements: {} for the endpoint in the stack file"

_LOCK_FILES = {
    r"uv\.lock": _SET,
    r"poetry\.lock": _SET,
    r"pdm\.lock": "run pdm export --prod --output requirements.txt",
    r"Pipfile\.lock": _SET,
    r"Pipfile": "run pipenv lock, and set requirements: Pipfile.lock for the endpoint in the stack file",
}
"""Files of package managers, and how each is installed."""

_OTHER_FILES = (
    (r"(?:environment|conda)\.ya?ml", "add a requirements.txt with its packages"),
    (
        r"requirements[/_-](?:prod|production|deploy|deployment|serve|serving|inference|api|base|main|app)\.txt",
        _SET,
    ),
)
"""Other files of dependencies. Those for training, tests and documentation say nothing about a server."""


def advise_on_uninstalled_projects(subject: Subject) -> Iterator[Problem]:
    """Find an application of `wsgi` whose dependencies are in a file that is not installed.

    Without a setting, only requirements files are installed, as at Valohai. A server-command may
    install by itself.
    """
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi) or not subject.is_built or subject.requirements is not None:
        return
    file, remedy = _dependencies(code)
    if not file:
        return
    moved = code.module_file(f"src.{server.module}") if not code.has_module(server.module) else None
    lost = f", and {moved} cannot be imported without an installation" if moved else ""
    yield subject.on_server(
        f"the dependencies in {file} are not installed{lost}: only requirements-deployment.txt or "
        f"requirements.txt is by itself; {remedy}, or ignore this if the image has all of them"
    )


def _dependencies(code: Code) -> tuple[str, str]:
    """Return the file that has a project's dependencies, and how to have them installed; "" for none."""
    for pattern, command in _LOCK_FILES.items():
        if found := code.files(pattern):
            return found[0], command.format(found[0])
    try:
        project = tomllib.loads(code.text(_PROJECT_FILE))
    except tomllib.TOMLDecodeError:
        project = {}
    if _has_dependencies(project):
        is_standard = "dependencies" in project.get("project", {})
        written = "run poetry lock, and set requirements: poetry.lock for the endpoint in the stack file"
        return _PROJECT_FILE, _SET.format(_PROJECT_FILE) if is_standard else written
    for pattern, remedy in _OTHER_FILES:
        if found := code.files(pattern):
            return found[0], remedy.format(found[0])
    return "", ""


def _has_dependencies(project: dict[str, object]) -> bool:
    """Tell whether there are any except Python itself, in the standard table or in Poetry's."""
    match project:
        case {"project": {"dependencies": [_, *_]}}:
            return True
        case {"tool": {"poetry": {"dependencies": dict(found)}}}:
            return bool(found.keys() - {"python"})
    return False


_WITHOUT_GIT = re.compile(r"(?:docker\.io/)?(?:library/)?python:[\w.]+-(?:slim|alpine)[\w.-]*(?:@.*)?")
"""Images of Docker Hub that have no git; Python's others have it."""

_BY_GIT = re.compile(r"^\s*(?:-e\s+|--editable[ =])?(?P<requirement>[^#\n]*\bgit\+[^\s;]+)", re.MULTILINE)


def advise_on_missing_git(subject: Subject) -> Iterator[Problem]:
    """Find a requirement that git fetches if the image is one of those that are known to have no git."""
    settings, file = subject.settings, subject.requirements
    if not subject.is_built or not _WITHOUT_GIT.fullmatch(subject.endpoint.image):
        return
    if any(name.startswith("git") for name in (*settings.build_packages, *settings.system_packages)):
        return
    found = _BY_GIT.search(subject.code.text(file)) if file and not subject.may_install_itself else None
    if file is not None and found is not None:
        shown = re.sub("://[^/@]*@", "://", found["requirement"].strip())  # without a user's password
        yield subject.in_manifest(
            "image",
            f"has no git, which {file} needs for {shown}; add buildPackages: [git] to the endpoint in the "
            "stack file, or choose another image",
        )


def advise_on_pinned_gunicorn(subject: Subject) -> Iterator[Problem]:
    """Find a pin below the first gunicorn for ASGI if the module of `wsgi` makes an ASGI application."""
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi):
        return
    requirements = subject.requirements
    pin = _GUNICORN_PIN.search(code.text(requirements)) if requirements else None
    if pin is None or int(pin["major"]) >= FIRST_WITH_ASGI:
        return
    if _MAKES_ASGI.search(code.text(code.module_file(server.module))):
        version = pin["pin"].replace(" ", "")
        yield subject.on_server(
            f"is an ASGI application, but {requirements} pins gunicorn{version}, which serves ASGI only with "
            f"Uvicorn's worker; pin {FIRST_WITH_ASGI} or newer, remove the pin, or add uvicorn-worker"
        )
