"""A stack of the program, with a project directory of its own."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.engine import NAME, Engine

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Step:
    """What the engine did, or would do, with one resource."""

    operation: str
    type: str
    name: str


class Stack(Engine):
    """`directory` becomes a copy of the program, as a team's repository would hold it.

    Stacks that share a `state` are of projects with names of their own.
    """

    def __init__(self, directory: Path, state: Path | None = None, project: str = "endpoints") -> None:
        self.project = project
        directory.mkdir(parents=True)
        text = (ROOT / "Pulumi.yaml").read_text()
        assert text.startswith("name: endpoints\n")
        (directory / "Pulumi.yaml").write_text(text.replace("endpoints", project, 1))
        shutil.copy(ROOT / "__main__.py", directory)
        shutil.copytree(
            ROOT / "endpoints", directory / "endpoints", ignore=shutil.ignore_patterns("__pycache__")
        )
        (directory / ".venv").symlink_to(ROOT / ".venv")
        (directory / "stacks").mkdir()
        super().__init__(directory, state)

    def configure(self, **settings: Any) -> None:
        """Write the stack file, keeping what the engine itself put there (the salt of the passphrase)."""
        file = self.directory / "stacks" / f"Pulumi.{NAME}.yaml"
        document = yaml.safe_load(file.read_text()) or {} if file.exists() else {}
        document["config"] = {f"{self.project}:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def put_on_path(self, directory: Path) -> None:
        """Let the engine and its plugins find the programs of a directory, before those that are there."""
        self.environment["PATH"] = f"{directory}{os.pathsep}{self.environment['PATH']}"

    def set_secret(self, name: str, value: str) -> None:
        """Encrypt an entry of `secrets`, as docs/stack-file.md says; `configure` would drop it again."""
        key = f"{self.project}:secrets.{name}"
        self.succeed("config", "set", "--secret", "--path", key, standard_input=value)

    def up(self, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = self.run("up", "--yes", "--skip-preview")
        assert done.returncode == 0 or not check, f"pulumi up failed:\n{done.stdout}\n{done.stderr}"
        return done

    def preview(self) -> list[Step]:
        """Return the steps of a preview that are not "same"."""
        return [
            Step(step["op"], urn[2].split("$")[-1], urn[3])
            for step in self.changes()
            for urn in [step["urn"].split("::", 3)]
        ]

    def preview_json(self) -> str:
        """Return the engine's preview as docs/pull-requests.md asks for it, unchanged resources included."""
        return self.succeed("preview", "--json", "--show-sames")

    def outputs(self, name: str = "endpoints") -> Mapping[str, Any]:
        outputs = self.output(name)
        assert isinstance(outputs, dict)
        return outputs

    def written(self) -> str:
        """Return the text of everything that the engine keeps: states, backups and histories."""
        files = self.state_directory.rglob("*.json*")
        return "".join(file.read_text() for file in files if file.is_file())

    def recover(self, *, checkpoints: bool = True) -> None:
        """Do what the README, or without checkpoints docs/performance.md, says about killed engines."""
        forced = {} if checkpoints else {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}
        self.succeed("cancel", "--yes")
        self.succeed("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
        self.succeed("up", "--yes", "--skip-preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true", **forced)


def count_types(steps: list[Step]) -> Counter[tuple[str, str]]:
    return Counter((step.operation, step.type) for step in steps)
