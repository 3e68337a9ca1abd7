"""Projects of one file, laid out as docs/prefixes.md has them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serving.conftest import APPLICATIONS
from tests.serving.environments import other_servers

COMPILATION_SECONDS = 300
"""How long Go may compile: half a minute with an empty cache, a second with a full one."""


@dataclass(frozen=True)
class Application:
    """A project of one file. `page` refers to others of the server, which answers `moved` by a redirect.

    `heavy` servers are installed into an environment of their own.
    """

    file: str
    page: str = "/where"
    moved: str | None = None
    heavy: bool = False

    def prepare(self, directory: Path) -> dict[str, str]:
        """Put the project into `directory` by the name that the table has; return its server's variables."""
        source = APPLICATIONS / self.file
        if source.suffix == ".go":
            if shutil.which("go") is None:
                pytest.skip("go is not installed")
            build = ["go", "build", "-o", str(directory / "server"), str(source)]
            subprocess.run(
                build, check=True, timeout=COMPILATION_SECONDS, env={**os.environ, "GOTOOLCHAIN": "local"}
            )
            return {}
        if source.suffix == ".html":
            (directory / "public").mkdir()
            shutil.copy(source, directory / "public" / "index.html")
            return {}
        if source.suffix == ".mjs" and shutil.which("node") is None:
            pytest.skip("node is not installed")
        shutil.copy(source, directory / ("app.py" if source.suffix == ".py" else "server.mjs"))
        return {"PATH": f"{other_servers()}:/usr/bin:/bin"} if self.heavy else {}
