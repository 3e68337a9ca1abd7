"""A stack with a small program of its own, driven through the real engine and the development plugin."""

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.engine import Engine

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


class Stack(Engine):
    """A stack whose program's text the tests write; its objects go into a namespace that must exist."""

    def __init__(self, directory: Path, namespace: str) -> None:
        self.namespace = namespace
        directory.mkdir(parents=True)
        (directory / "Pulumi.yaml").write_text("name: provider-test\nruntime: python\n")
        super().__init__(directory)
        self.write("")

    def write(self, program: str, **settings: Any) -> None:
        """Set the program's text; the settings are the provider's."""
        header = _HEADER.format(settings=settings, namespace=self.namespace)
        (self.directory / "__main__.py").write_text(header + textwrap.dedent(program))

    def up(self, *arguments: str, **variables: str) -> str:
        return self.succeed("up", "--yes", "--skip-preview", *arguments, **variables)

    def fail_up(self) -> str:
        """Run an update that must fail, and return all that it wrote."""
        return self.fail("up", "--yes", "--skip-preview")

    def preview(self, *arguments: str) -> list[Step]:
        """Return the steps that are not "same"."""
        return [
            Step(step["op"], step["urn"].split("::", 3)[3], tuple(sorted(step.get("detailedDiff") or {})))
            for step in self.changes(*arguments)
        ]

    def resources(self) -> list[dict[str, Any]]:
        found = json.loads(self.state())["deployment"].get("resources", [])
        assert isinstance(found, list)
        return found
