"""The text of the Dockerfile that an endpoint's image is built by."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY_DIRECTORY = "/valohai/repository"
"""Where the image holds the project's code and model files; the server's working directory."""

SERVING_DIRECTORY = "/valohai/serving"
"""Where the image holds the files of `endpoints/serving`."""

HOME_DIRECTORY = "/valohai/home"
"""Home of the user that the server runs as; `pip install --user` puts packages below it."""

USER_ID = 10001
"""User and group that own the repository and run the server; above the range of a system's own users."""

CERTIFICATE_AUTHORITY_SECRET = "ca"
"""Build secret that, when given, is the PEM bundle that pip trusts instead of its own."""


@dataclass(frozen=True)
class Requirements:
    """The Python requirements of a repository, as pip will read them in the image.

    `path` is the file that pip is given, `files` every file that it reads by `-r` or `-c` (`path` among
    them), relative to the repository. `local` is true where they name something of the repository itself,
    such as `-e .` or `./wheels/model.whl`, so that the code must be there before pip runs.
    """

    path: str
    files: tuple[str, ...]
    local: bool = False


@dataclass(frozen=True)
class Dockerfile:
    """What one image is made of. `base` is the image that valohai.yaml names."""

    base: str
    wsgi: bool
    requirements: Requirements | None = None
    files: bool = False


def find_requirements(repository: Path) -> Requirements | None:
    """Return what pip installs: requirements-deployment.txt, else requirements.txt, else nothing."""
    raise NotImplementedError


def render_dockerfile(dockerfile: Dockerfile) -> str:
    """Return the Dockerfile's text; the same input gives the same text."""
    raise NotImplementedError
