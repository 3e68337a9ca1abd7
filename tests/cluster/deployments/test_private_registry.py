"""A registry that asks for a password: what pushes also pulls, and a change of it restarts nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.private_registry import PASSWORD, USER, private_registry
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack, count_types

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-private-production"
MANIFEST = """
    - endpoint: {name: pulled, image: python:3.11-slim, server-command: python -m http.server $PORT}
    """


def test_nodes_pull_with_the_credentials_of_the_stack_file(
    new_stack: Callable[[str], Stack], connection: dict[str, Any], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("private")
    project = write_project(tmp_path / "project", MANIFEST)

    def configure(**registry: Any) -> None:
        stack.configure(
            organization="trial",
            cluster={
                "kind": "user",
                "kubeconfig": connection["kubeconfig"],
                "context": connection["context"],
            },
            registry={"repository": f"{private.address}/ml", "username": USER, **registry},
            routing={"kind": "ingress", "ingressClass": connection["router"]["ingressClass"]},
            builder={"name": connection["builder"]["name"]},
            deployments=[deployment("private", project, pulled={})],
        )
        path = "endpoints:registry.password"
        stack.succeed("config", "set", "--secret", "--path", path, standard_input=PASSWORD)

    with private_registry(tmp_path, connection) as private:
        configure()
        stack.up()
        (pod,) = kubectl.get("pods", NAMESPACE)
        assert pod["spec"]["containers"][0]["image"].startswith(f"{private.address}/ml/")
        assert pod["status"]["containerStatuses"][0]["ready"]
        (reference,) = pod["spec"]["imagePullSecrets"]
        assert reference["name"].startswith(f"{NAMESPACE}.registry-")
        assert stack.preview() == []

        configure(pullSecret={"kind": "credentials", "username": "reader", "password": "another"})
        assert count_types(stack.preview()) == {
            ("replace", "kubernetes:core/v1:Secret"): 1,
            ("update", "kubernetes:core/v1:ServiceAccount"): 1,
        }
