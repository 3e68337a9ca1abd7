"""A managing stack, as whoever runs a cluster would have it, driven by the real engine."""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.engine import Engine

ROOT = Path(__file__).parents[3]


class ManagingStack(Engine):
    """`repository` becomes a copy of both programs; the managing one is in its directory `managed`.

    Policies and the namespace of accounts are named after the stack, whose name is therefore its own.
    """

    def __init__(self, repository: Path, name: str) -> None:
        for package in ("endpoints", "managed"):
            shutil.copytree(
                ROOT / package, repository / package, ignore=shutil.ignore_patterns("__pycache__", "stacks")
            )
        (repository / ".venv").symlink_to(ROOT / ".venv")
        (repository / "managed/stacks").mkdir()
        super().__init__(repository / "managed", name=name)
        self.full_name = f"organization/managed/{name}"

    def configure(self, **settings: Any) -> None:
        file = self.directory / "stacks" / f"Pulumi.{self.name}.yaml"
        document = yaml.safe_load(file.read_text()) or {} if file.exists() else {}
        document["config"] = {f"managed:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def up(self) -> str:
        return self.succeed("up", "--yes", "--skip-preview")

    def grant(self, team: str) -> dict[str, Any]:
        """Return a team's output, secrets in plain."""
        grant = json.loads(self.succeed("stack", "output", "--json", "--show-secrets"))[team]
        assert isinstance(grant, dict)
        return grant
