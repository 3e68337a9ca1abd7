"""The state of a stack goes on under another version of Pulumi's Kubernetes plugin.

The kept state was made by an earlier plugin, of version 4.34 by its protocol, with the settings below. Where
the machine's cluster stands in it, it has the words SERVER and KUBECONFIG.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.deployments.projects import deployment, own_cluster, write_project
from tests.cluster.deployments.stack import ROOT, Stack, count_types

pytestmark = pytest.mark.cluster

STATE = ROOT / "tests/fixtures/states/own-plugin.json"
MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python -m http.server 8000
        resources: {cpu: {min: 0.1, max: 1}, memory: {min: 32, max: 128}}
    - endpoint:
        name: answer
        image: python:3.11-slim
        server-command: python -m http.server 8000
    """


@pytest.fixture
def stack(new_stack: Callable[[str], Stack], connection: dict[str, Any], tmp_path: Path) -> Stack:
    """Return the stack with its kept state; nothing of it is in the cluster."""
    described = deployment(
        "kept",
        write_project(tmp_path / "project", MANIFEST),
        greet={
            "replicas": {"min": 1, "max": 3},
            "probe": {"kind": "tcp"},
            "environment": {"LEVEL": "info", "KEY": {"secret": "kept-key"}},
        },
        answer={"replicas": {"min": 1, "max": 1}, "probe": {"kind": "tcp"}},
    )
    described["aliases"] = {"latest": "20261101.0"}
    cluster = own_cluster(connection, {"kind": "ingress", "ingressClass": "traefik"})
    made = new_stack("kept")
    made.configure(**cluster | {"builder": {"kind": "none"}, "deployments": [described]})
    made.set_secret("kept-key", "hush")
    kubeconfig = Path(connection["kubeconfig"])
    (cluster_entry,) = yaml.safe_load(kubeconfig.read_text())["clusters"]
    state = STATE.read_text().replace("SERVER", cluster_entry["cluster"]["server"])
    file = tmp_path / "state.json"
    file.write_text(state.replace("KUBECONFIG", str(kubeconfig)))
    made.succeed("stack", "import", "--file", str(file))
    return made


def test_the_state_of_an_earlier_plugin_needs_no_change(stack: Stack) -> None:
    assert stack.preview() == []
    assert len(stack.resources()) == 18


def test_what_a_stack_file_no_longer_has_is_removed_and_nothing_else_is_touched(stack: Stack) -> None:
    file = stack.directory / "stacks/Pulumi.trial.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"]["endpoints:deployments"][0]["aliases"] = {}
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    assert count_types(stack.preview()) == {("delete", "kubernetes:networking.k8s.io/v1:Ingress"): 2}
