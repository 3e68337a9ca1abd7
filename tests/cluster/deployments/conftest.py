import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcluster.command_line.progress import Progress
from localcluster.layout import find_layout
from localcluster.programs.go import ensure_programs, load_group
from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.stack import ROOT, Stack


@pytest.fixture(scope="session")
def kubectl(connection: dict[str, Any]) -> Kubectl:
    return Kubectl(Path(connection["kubeconfig"]))


@pytest.fixture(scope="session")
def buildx() -> Path:
    """Docker Buildx, built if the cache does not have it."""
    group = load_group(ROOT / "tools/buildx")
    return ensure_programs(group, find_layout().cache, os.environ, Progress()) / "buildx"


@pytest.fixture(scope="module")
def new_stack(
    connection: dict[str, Any],  # noqa: ARG001 - skips where no cluster runs
    tmp_path_factory: pytest.TempPathFactory,
    in_the_background: Callable[[Callable[[], object]], None],
) -> Iterator[Callable[[str], Stack]]:
    """Make stacks that are destroyed after the module's tests, whatever became of them."""
    made: list[Stack] = []

    def make(name: str) -> Stack:
        stack = Stack(tmp_path_factory.mktemp(name) / "program")
        made.append(stack)
        return stack

    yield make
    for stack in made:
        in_the_background(stack.destroy)
