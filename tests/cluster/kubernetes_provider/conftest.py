import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.kubernetes_provider.kubectl import Kubectl
from tests.cluster.kubernetes_provider.stack import Stack


@pytest.fixture(scope="session")
def pause_image(connection: dict[str, Any]) -> str:
    """An image whose container starts at once and does nothing."""
    return f"{connection['registry']}/localcluster/pause:1"


@pytest.fixture(scope="session")
def python_image(connection: dict[str, Any]) -> str:
    return f"{connection['registry']}/library/python:3.11-slim"


@pytest.fixture(scope="module")
def namespace(connection: dict[str, Any]) -> Iterator[str]:
    """A namespace for the tests of one module, which goes with everything in it."""
    name = f"provider-test-{uuid.uuid4().hex[:8]}"
    kubectl = Kubectl(Path(connection["kubeconfig"]), "default")
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(connection: dict[str, Any], namespace: str) -> Kubectl:
    return Kubectl(Path(connection["kubeconfig"]), namespace)


@pytest.fixture
def stack(tmp_path: Path, namespace: str) -> Stack:
    """A new stack; what it leaves in the cluster goes with the namespace."""
    return Stack(tmp_path / "program", namespace)
