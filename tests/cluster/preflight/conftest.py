"""Previews of a stack of one endpoint, which every file of tests deploys at a place of its own.

What a file makes in the cluster has names that begin with its organization, so that files can run beside
each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import plan_stack
from endpoints.preflight import examine
from endpoints.stack_file import load_settings
from endpoints.target import resolve_target
from tests.cluster.deployments.conftest import kubectl as kubectl
from tests.cluster.deployments.conftest import new_stack as new_stack
from tests.cluster.deployments.projects import write_project

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python -m http.server 8000
    """


@dataclass(frozen=True)
class Place:
    """Where a file's endpoint is deployed to."""

    organization: str

    @property
    def namespace(self) -> str:
        """The deployment's namespace."""
        return f"{self.organization}-greeting-production"

    @property
    def prefix(self) -> str:
        """The endpoint's prefix."""
        return f"/{self.organization}/greeting/production/1/greet"


@dataclass(frozen=True)
class Seen:
    """What a preview would show; `errors` are what it would end with."""

    errors: list[str]
    advice: list[str]
    may_not_see: list[str]


Look = Callable[..., Seen]


@pytest.fixture
def look(connection: dict[str, Any], request: pytest.FixtureRequest, tmp_path: Path) -> Look:
    """Look at the cluster for a stack of one endpoint; keywords replace or add settings of the stack.

    The file of tests has its Place as PLACE.
    """
    place: Place = request.module.PLACE

    def run(*, manifest: str = MANIFEST, endpoint: dict[str, Any] | None = None, **changes: Any) -> Seen:
        directory = tmp_path / "project"
        if not directory.exists():
            write_project(directory, manifest)
        version = {"name": "1", "endpoints": {"greet": endpoint or {"replicas": {"min": 1, "max": 1}}}}
        deployment = {
            "project": "greeting",
            "name": "production",
            "source": str(directory),
            "versions": [version],
        }
        settings = load_settings(
            {
                "organization": place.organization,
                "cluster": user_cluster(connection),
                "registry": {"repository": connection["registry"]},
                "routing": {"kind": "ingress", "ingressClass": "traefik"},
                "deployments": [deployment],
                **changes,
            },
            None,
        )
        target = resolve_target(settings, tmp_path, {}, lambda _: {})
        plan = plan_stack(settings, tmp_path, target.router.kind)
        try:
            found = examine(settings, plan, target, tmp_path, {})
        except ProjectError as error:
            return Seen([str(problem) for problem in error.problems], [], [])
        return Seen([], [str(problem) for problem in found.advice], list(found.may_not_see))

    return run


def user_cluster(connection: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the settings of a cluster of one's own, which the embedded one is here."""
    return {
        "kind": "user",
        "kubeconfig": connection["kubeconfig"],
        "context": connection["context"],
        **changes,
    }
