"""The real engine, with a program directory and a state of its own."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from localcluster.engine.environment import WITHOUT_SIDECARS

NAME = "trial"
"""The name of stacks that have no reason for another."""

TIME_LIMIT_SECONDS = 600
"""How long a command of the engine's may take; it fails then."""


class Engine:
    """`directory` holds the program, `name` is the stack's; the state is encrypted with a known passphrase.

    It is kept beside the program, or in `state` where another stack's outputs are to be read.
    """

    def __init__(self, directory: Path, state: Path | None = None, name: str = NAME) -> None:
        self.directory = directory
        self.name = name
        self.state_directory = state or directory / "state"
        self.state_directory.mkdir(exist_ok=True)
        self.environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self.state_directory}?{WITHOUT_SIDECARS}",
            "PULUMI_CONFIG_PASSPHRASE": "trial",
        }
        self.environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        self.succeed("stack", "init", name)

    def run(
        self, *arguments: str, standard_input: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the engine's; `variables` are added to its environment."""
        stack = () if arguments[:2] == ("stack", "init") else ("--stack", self.name)
        # Told to end, the engine writes its state and gives up its lock, so that what it made can be removed.
        limited = ["timeout", "--foreground", str(TIME_LIMIT_SECONDS)]
        return subprocess.run(
            [*limited, "pulumi", *arguments, *stack, "--non-interactive"],
            cwd=self.directory,
            env=self.environment | variables,
            input=standard_input,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str, standard_input: str | None = None, **variables: str) -> str:
        """Run a command that must succeed, and return what it wrote."""
        done = self.run(*arguments, standard_input=standard_input, **variables)
        assert done.returncode == 0, f"pulumi {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def fail(self, *arguments: str, **variables: str) -> str:
        """Run a command that must fail, and return all that it wrote."""
        done = self.run(*arguments, **variables)
        shown = done.stdout + done.stderr
        assert done.returncode != 0, f"pulumi {' '.join(arguments)} should have failed:\n{shown}"
        return shown

    def start(
        self, command: str, output: IO[bytes] | None = None, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `up` or `destroy` in a process group of its own, so that it can be killed with its plugins.

        What it writes goes to `output`, or nowhere; `variables` are added to its environment.
        """
        return subprocess.Popen(
            ["pulumi", command, "--yes", "--skip-preview", "--stack", self.name, "--non-interactive"],
            cwd=self.directory,
            env={**self.environment, **(variables or {})},
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.STDOUT if output else subprocess.DEVNULL,
            start_new_session=True,
        )

    def changes(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the steps of a preview that are not "same", as the engine's JSON has them."""
        shown = json.loads(self.succeed("preview", "--json", *arguments))
        return [step for step in shown["steps"] if step["op"] != "same"]

    def output(self, name: str) -> Any:
        """Return one of the stack's outputs."""
        return json.loads(self.succeed("stack", "output", "--json"))[name]

    def state(self) -> str:
        """Return the stack's state as JSON; secrets in it are encrypted."""
        return self.succeed("stack", "export")

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources in the stack's state."""
        found = json.loads(self.state())["deployment"].get("resources", [])
        assert isinstance(found, list)
        return found

    def destroy(self) -> str:
        """Remove all that the stack has made."""
        return self.succeed("destroy", "--yes", "--skip-preview")
