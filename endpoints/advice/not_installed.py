"""A Python project that nothing installs, as its dependencies are where pip is not told to look."""

import tomllib
from collections.abc import Iterator

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

_FILE = "pyproject.toml"


def advise_on_uninstalled_projects(subject: Subject) -> Iterator[Problem]:
    """Find an application of `wsgi` whose pyproject.toml has dependencies, where there are no requirements.

    Only requirements files are installed, as at Valohai. A server-command may install by itself.
    """
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi) or not subject.is_built or code.requirements() is not None:
        return
    try:
        project = tomllib.loads(code.text(_FILE))
    except tomllib.TOMLDecodeError:
        return
    if not _has_dependencies(project):
        return
    moved = code.module_file(f"src.{server.module}") if not code.has_module(server.module) else None
    lost = f", and {moved} is not found without being installed" if moved else ""
    remedy = (
        "a line with a dot alone installs the project with them"
        if "build-system" in project
        else "with a [build-system] in pyproject.toml a line with a dot alone would install the project"
    )
    text = (
        f"the dependencies in {_FILE} are not installed{lost}: only requirements-deployment.txt or "
        f"requirements.txt is; write one ({remedy}), or pay no heed if the image has all of them"
    )
    yield subject.in_manifest("wsgi", text)


def _has_dependencies(project: dict[str, object]) -> bool:
    """Tell whether there are any but Python itself, by the standard's table or by Poetry's own."""
    match project:
        case {"project": {"dependencies": [_, *_]}}:
            return True
        case {"tool": {"poetry": {"dependencies": dict(found)}}}:
            return bool(found.keys() - {"python"})
    return False
