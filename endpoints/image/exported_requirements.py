"""Requirements of projects that a package manager keeps in a file of its own, as pip reads them.

uv, Poetry and Pipenv write them from their lock files, without network. Their programs must be on this
machine; pyproject.toml is read without one.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from endpoints.errors import ProjectError
from endpoints.image.requirements import ARCHIVE, LOCAL

SECONDS = 60
"""How long a package manager may take."""

_PROJECT_FILE = "pyproject.toml"

_EXPORTS = {
    "uv.lock": (
        "uv",
        *("export", "--frozen", "--no-dev", "--no-editable", "--no-header", "--no-annotate"),
        *("--emit-index-url", "--no-python-downloads", "--no-progress", "--color=never"),
    ),
    "poetry.lock": ("poetry", "export", "--format=requirements.txt", "--no-interaction", "--no-ansi"),
    "Pipfile.lock": ("pipenv", "requirements", "--hash"),
}
"""What is run, in the directory of a lock file, to write what it has for production."""

_PACKAGES = {"uv": "uv", "poetry": "poetry poetry-plugin-export", "pipenv": "pipenv"}
"""What has these programs."""

_REFUSED = {
    r"(?:.*[-_.])?(?:environment|conda|env)[\w.-]*\.ya?ml|conda-lock\.yml": "is an environment of conda, "
    "which is not installed into images; choose an image that has it, or list its packages for pip",
    r"pdm\.lock": "is a lock file of PDM; run pdm export --prod --output requirements.txt and name that",
    r"pylock(?:\.[\w-]+)?\.toml": "is a lock file that pip cannot install yet; name uv.lock, poetry.lock, or "
    "a requirements file",
    r"Pipfile": "has no exact versions; name Pipfile.lock",
    r"setup\.(?:py|cfg)": "is no list of requirements; name a requirements file with a line of only a dot, "
    "which installs the project with its dependencies",
}
"""Files that are often taken for requirements, and what to do instead."""

_INDEX = re.compile(r"(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b")
_PYPI = re.compile(r"[ =]https://pypi\.org/simple/?$")
_REPOSITORY = re.compile(r"(?:\S+(?:\[.*?\])?\s*@\s*|-e\s+|--editable[ =])?(?:git|hg|svn|bzr)\+")


@dataclass(frozen=True)
class ExportedRequirements:
    """Requirements of the file `path`, as texts of requirements files, which are empty where there are none.

    `packages` are from an index, with the hashes that `path` has for them. `repositories` have none, which
    pip accepts only apart from others. `local` are parts of the project, for which its code must be there.
    """

    path: str
    packages: str
    repositories: str = ""
    local: str = ""


def is_exported(path: str) -> bool:
    """Tell whether a file is not a requirements file of pip."""
    name = PurePosixPath(path).name
    return name in (*_EXPORTS, _PROJECT_FILE) or any(re.fullmatch(pattern, name) for pattern in _REFUSED)


@lru_cache(maxsize=256)
def export_requirements(
    repository: Path, path: str, image_directory: str, keeps_indexes: bool = True
) -> ExportedRequirements:
    """Return the requirements of a file of the repository that is not pip's own.

    The image has the repository in `image_directory`. Without `keeps_indexes`, the indexes that the file
    names are left out, since the stack has another one. PyPI is always left out: pip has it, or a mirror.
    Raises ProjectError, which does not name the file, if it cannot be read or its program is not there.
    """
    name = PurePosixPath(path).name
    for pattern, text in _REFUSED.items():
        if re.fullmatch(pattern, name):
            raise ProjectError(text)
    exported = _exported(repository, path).replace(str(repository.resolve()), image_directory)
    lines = list(_logical_lines(exported))
    if name == _PROJECT_FILE:
        lines += _of_project(repository / path)
    lines = [line for line in lines if not _INDEX.match(line) or (keeps_indexes and not _PYPI.search(line))]
    folder = PurePosixPath(path).parent
    local = [_below(folder, line) for line in lines if LOCAL.match(line) or ARCHIVE.match(line)]
    others = [line for line in lines if not (LOCAL.match(line) or ARCHIVE.match(line))]
    # pip has no hashes of repositories, and then refuses them beside requirements that have some.
    has_hashes = any("--hash=" in line for line in others)
    repositories = [line for line in others if has_hashes and _REPOSITORY.match(line)]
    packages = [line for line in others if line not in repositories]
    return ExportedRequirements(path, _text(packages), _text(repositories), _text(local))


def _exported(repository: Path, path: str) -> str:
    """Return what a package manager writes for its lock file; "" for a file without a package manager."""
    name = PurePosixPath(path).name
    if name not in _EXPORTS:
        return ""
    program, *arguments = _EXPORTS[name]
    beside = Path(sys.executable).parent
    found = shutil.which(program) or shutil.which(program, path=str(beside))
    if found is None:
        raise ProjectError(
            f"is read by {program}, which is not on PATH; install it (pip install {_PACKAGES[program]}), or "
            "write a requirements file and name that"
        )
    directory = (repository / path).parent
    ignored = {"VIRTUAL_ENV", "PIPENV_PIPFILE", "UV_PROJECT"}
    variables = {key: value for key, value in os.environ.items() if key not in ignored}
    try:
        done = subprocess.run(
            [found, *arguments],
            cwd=directory,
            # Pipenv looks for a project of its own; colours would be part of the text.
            env={**variables, "PIPENV_IGNORE_VIRTUALENVS": "1", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ProjectError(f"cannot be read: {program} does not run: {error}") from None
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).split())[-500:]
        raise ProjectError(f"cannot be read by {program}: {said}")
    return done.stdout


def _of_project(file: Path) -> list[str]:
    """Return the dependencies in pyproject.toml, and the project itself if it can be built.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot be read: {error}") from None
    project = document.get("project")
    if not isinstance(project, dict):
        raise ProjectError(
            "has no table [project] with dependencies; name poetry.lock or a requirements file"
        )
    if "dependencies" in project.get("dynamic", ()):
        raise ProjectError(
            "has dynamic dependencies, which only a build of the project tells; name a requirements file "
            "with a line of only a dot, which installs the project with its dependencies"
        )
    found = project.get("dependencies", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ProjectError("has project.dependencies that are not a list of strings; correct it")
    is_package = document.get("tool", {}).get("uv", {}).get("package", "build-system" in document)
    return [*found, *(["."] if is_package else [])]


def _logical_lines(text: str) -> Iterator[str]:
    """Yield requirements and options, each with the lines that continue it."""
    waiting = ""
    for line in text.splitlines():
        if not waiting and (not line.strip() or line.lstrip().startswith("#")):
            continue
        waiting += f"{line}\n"
        if not line.endswith("\\"):
            yield waiting.rstrip("\n")
            waiting = ""


def _below(folder: PurePosixPath, line: str) -> str:
    """Return a local requirement of a file in `folder` as it is written in the project's directory."""
    if folder == PurePosixPath():
        return line
    return re.sub(r"^((?:-e\s+|--editable[ =])?)\.", rf"\g<1>./{folder}", line)


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
