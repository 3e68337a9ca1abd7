"""A stack of the program with a project directory and a state of its own, driven by the real engine."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
NAME = "trial"


@dataclass(frozen=True)
class Step:
    """What the engine did, or would do, with one resource."""

    operation: str
    type: str
    name: str


class Stack:
    """`directory` becomes a copy of the program, as a team's repository would hold it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        shutil.copy(ROOT / "Pulumi.yaml", directory)
        shutil.copy(ROOT / "__main__.py", directory)
        shutil.copytree(
            ROOT / "endpoints", directory / "endpoints", ignore=shutil.ignore_patterns("__pycache__")
        )
        (directory / ".venv").symlink_to(ROOT / ".venv")
        (directory / "stacks").mkdir()
        (directory / "state").mkdir()
        self.environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{directory}/state",
            "PULUMI_CONFIG_PASSPHRASE": "trial",
        }
        self.environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        self._run("stack", "init", NAME, check=True)

    def configure(self, **settings: Any) -> None:
        """Write the stack file, keeping what the engine itself put there (the salt of the passphrase)."""
        file = self.directory / "stacks" / f"Pulumi.{NAME}.yaml"
        document = yaml.safe_load(file.read_text()) or {} if file.exists() else {}
        document["config"] = {f"endpoints:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(document, sort_keys=False))

    def set_secret(self, name: str, value: str) -> None:
        """Encrypt an entry of `secrets`, as docs/stack-file.md says; `configure` would drop it again."""
        key = f"endpoints:secrets.{name}"
        self._run(
            "config", "set", "--secret", "--path", key, "--stack", NAME, check=True, standard_input=value
        )

    def up(self, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run("up", "--yes", "--skip-preview", "--stack", NAME, check=check)

    def start_up(self) -> subprocess.Popen[str]:
        """Start `pulumi up` in a process group of its own, so that it can be killed with all its plugins."""
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--stack", NAME, "--non-interactive"],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def preview(self) -> list[Step]:
        """Return the steps of a preview that are not "same"."""
        steps = json.loads(self.preview_json())["steps"]
        return [
            Step(step["op"], urn[2].split("$")[-1], urn[3])
            for step in steps
            if step["op"] != "same"
            for urn in [step["urn"].split("::", 3)]
        ]

    def preview_json(self) -> str:
        """Return the engine's preview as docs/pull-requests.md asks for it, unchanged resources included."""
        return self._run("preview", "--json", "--show-sames", "--stack", NAME, check=True).stdout

    def outputs(self, name: str = "endpoints") -> Mapping[str, Any]:
        shown = self._run("stack", "output", "--json", "--stack", NAME, check=True)
        outputs = json.loads(shown.stdout)[name]
        assert isinstance(outputs, dict)
        return outputs

    def state(self) -> str:
        return self._run("stack", "export", "--stack", NAME, check=True).stdout

    def written(self) -> str:
        """Return the text of everything that the engine keeps: states, backups and histories."""
        files = (self.directory / "state").rglob("*.json*")
        return "".join(file.read_text() for file in files if file.is_file())

    def recover(self) -> None:
        """Do what the README says to do after an engine was killed."""
        self._run("cancel", "--yes", "--stack", NAME, check=True)
        self._run(
            "refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", NAME, check=True
        )
        self._run(
            "up",
            "--yes",
            "--skip-preview",
            "--stack",
            NAME,
            check=True,
            PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true",
        )

    def destroy(self) -> None:
        self._run("destroy", "--yes", "--skip-preview", "--stack", NAME, check=True)

    def _run(
        self, *arguments: str, check: bool, standard_input: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.directory,
            env={**self.environment, **variables},
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check and done.returncode:
            raise AssertionError(f"pulumi {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done


def count_types(steps: list[Step]) -> Counter[tuple[str, str]]:
    return Counter((step.operation, step.type) for step in steps)
