"""Puts everything that an image is built from into one directory, for builders that take no more than one."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.dockerignore import DOCKERIGNORE, below
from endpoints.source.store import Store, text_digest

DOCKERFILE = "Dockerfile"
"""Name of the Dockerfile in the directory."""


def stage_single_context(parts: Mapping[str, Path], repository: str, dockerfile: str, root: Path) -> Path:
    """Return a directory that holds the Dockerfile and each of `parts` under its name.

    `repository` is the part with the project's code, whose `.dockerignore` holds for it alone. The parts are
    directories of the store, which never change, so that hard links to their files are copies.
    """
    store = Store(root, "contexts")
    name = text_digest(
        "context", dockerfile, *(text for key, path in parts.items() for text in (key, path.name))
    )

    def fill(target: Path) -> None:
        for key, path in parts.items():
            shutil.copytree(path, target / key, symlinks=True, copy_function=os.link)
        (target / DOCKERFILE).write_text(dockerfile, encoding="utf-8")
        ignored = parts[repository] / DOCKERIGNORE
        if ignored.is_file():
            (target / DOCKERIGNORE).write_text(below(repository, ignored.read_text(encoding="utf-8-sig")))

    try:
        return store.find(name) or store.add(fill, name)
    except (OSError, UnicodeDecodeError, shutil.Error) as error:
        raise ProjectError(f"what the image is built from cannot be gathered: {error}") from None
