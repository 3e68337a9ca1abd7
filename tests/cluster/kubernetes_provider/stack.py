"""A stack with a small program of its own, driven through the real engine and the development plugin."""

import json
import os
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "trial"
TIME_LIMIT_SECONDS = 180

_HEADER = """
import pulumi
import pulumi_kubernetes as kubernetes

provider = kubernetes.Provider("provider", **{settings!r})
namespace = {namespace!r}


def options(*after, **more):
    return pulumi.ResourceOptions(provider=provider, depends_on=list(after), **more)


def workload(name, container, *after, replicas=1, labels=None, annotations=None, **more):
    labels = labels or {{"app": name}}
    pod_spec = {{"containers": [container], "termination_grace_period_seconds": 1}}
    pod = {{"metadata": {{"labels": labels}}, "spec": pod_spec}}
    spec = {{"replicas": replicas, "selector": {{"match_labels": labels}}, "template": pod}}
    metadata = {{"name": name, "namespace": namespace, "annotations": annotations or {{}}}}
    return kubernetes.apps.v1.Deployment(name, metadata=metadata, spec=spec, opts=options(*after, **more))

"""


@dataclass(frozen=True)
class Step:
    """What the engine would do with one resource."""

    operation: str
    name: str
    changed: tuple[str, ...] = ()


class Stack:
    """A stack whose program's text the tests write; its objects go into a namespace that must exist."""

    def __init__(self, directory: Path, namespace: str) -> None:
        self.directory = directory
        self.namespace = namespace
        directory.mkdir(parents=True)
        (directory / "state").mkdir()
        (directory / "Pulumi.yaml").write_text("name: provider-test\nruntime: python\n")
        self.environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{directory}/state",
            "PULUMI_CONFIG_PASSPHRASE": "trial",
        }
        self.environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        self.write("")
        self.run("stack", "init", NAME)

    def write(self, program: str, **settings: Any) -> None:
        """Set the program's text; the settings are the provider's."""
        header = _HEADER.format(settings=settings, namespace=self.namespace)
        (self.directory / "__main__.py").write_text(header + textwrap.dedent(program))

    def up(self, *arguments: str, check: bool = True, **environment: str) -> str:
        return self.run("up", "--yes", "--skip-preview", *arguments, check=check, **environment)

    def start_up(self) -> subprocess.Popen[bytes]:
        """Start an update without waiting for it."""
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", NAME],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def preview(self, *arguments: str) -> list[Step]:
        """Return the steps that are not "same"."""
        shown = json.loads(self.run("preview", "--json", *arguments))
        return [
            Step(step["op"], step["urn"].split("::", 3)[3], tuple(sorted(step.get("detailedDiff") or {})))
            for step in shown["steps"]
            if step["op"] != "same"
        ]

    def output(self, name: str) -> Any:
        return json.loads(self.run("stack", "output", "--json", name))

    def state(self) -> str:
        return self.run("stack", "export")

    def resources(self) -> list[dict[str, Any]]:
        found = json.loads(self.state())["deployment"].get("resources", [])
        assert isinstance(found, list)
        return found

    def destroy(self) -> str:
        return self.run("destroy", "--yes", "--skip-preview")

    def run(self, *arguments: str, check: bool = True, **environment: str) -> str:
        stack = () if arguments[:2] == ("stack", "init") else ("--stack", NAME)
        done = subprocess.run(
            ["pulumi", *arguments, *stack, "--non-interactive"],
            cwd=self.directory,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
        shown = done.stdout if check else done.stdout + done.stderr
        assert not check or done.returncode == 0, done.stdout + done.stderr
        assert check or done.returncode != 0, f"it should have failed:\n{shown}"
        return shown
