"""Files that real projects have published, unmodified."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import ROOT, deployment
from tests.cluster.deployments.requests import Answer, request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

TENSORFLOW_EXAMPLE = ROOT.parent / "shared/corpus/real/valohai__tensorflow-example.yaml"


def test_greet_of_valohais_tensorflow_example_answers_through_the_router(
    new_stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    """Its server exits after each request, so its default probe must not connect."""
    if not TENSORFLOW_EXAMPLE.exists():
        pytest.skip(f"the corpus of real files is not here: {TENSORFLOW_EXAMPLE}")
    project = tmp_path / "tensorflow-example"
    project.mkdir()
    shutil.copy(TENSORFLOW_EXAMPLE, project / "valohai.yaml")
    stack = new_stack("tensorflow")
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("tensorflow-example", project, greet={})],
    )
    stack.up()
    (summary,) = stack.outputs().values()

    def answered() -> Answer | None:
        answer = request(summary["url"])
        return answer if answer.status == 200 else None

    answer = wait_until(answered, 60, "the endpoint answered")
    assert answer.body.startswith("Hello world!")
    assert "PATH_INFO = '/trial/tensorflow-example/production/20261101.0/greet'" in answer.body
