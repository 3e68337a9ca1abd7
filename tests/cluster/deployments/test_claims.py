"""A preview tells that another stack deploys the same; the update would end halfway."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.projects import ONE_ENDPOINT, deployment, own_cluster, write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-claims-production"
ADDRESS = "trial/claims/production"
OWNER = "organization/endpoints/trial"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("claims") / "project", ONE_ENDPOINT)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], project: Path) -> Stack:
    """Return the stack that deploys it, and has an alias."""
    made = new_stack("claims")
    made.configure(**settings(project))
    made.up()
    return made


@pytest.fixture
def other(stack: Stack, project: Path, tmp_path: Path) -> Stack:  # noqa: ARG001 - it is there first
    """Return a stack of another project that is about to deploy the same."""
    made = Stack(tmp_path / "other", project="others")
    made.configure(**settings(project))
    return made


def settings(project: Path, version: str = "20261101.0", **changes: Any) -> dict[str, Any]:
    described = deployment("claims", project, greet={})
    described["versions"][0]["name"] = version
    described["aliases"] = {"latest": version}
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "deployments": [described],
    } | changes


def test_a_namespace_of_another_stack_is_an_error_with_the_stack_and_what_to_do(other: Stack) -> None:
    said = other.fail("preview")
    place = "stacks/Pulumi.trial.yaml:7: others:deployments[0]"
    assert (
        f"{place}: the namespace {NAMESPACE} already exists and belongs to the stack {OWNER}; remove "
        "the deployment from one of the two, or give it another name here"
    ) in said
    assert "Traceback" not in said


def test_with_preflight_advise_it_is_a_warning(other: Stack, project: Path) -> None:
    other.configure(**settings(project, preflight="advise"))
    assert (
        f"warning: stacks/Pulumi.trial.yaml:7: others:deployments[0]: the namespace {NAMESPACE} "
        "already exists" in (other.succeed("preview"))
    )


def test_an_update_that_takes_over_on_purpose_is_not_told(other: Stack) -> None:
    said = other.succeed("preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert "already exists" not in said


def test_in_a_namespace_that_both_use_endpoints_and_aliases_are_told_apart(
    other: Stack, project: Path, connection: dict[str, Any]
) -> None:
    shared = own_cluster(connection, {"kind": "ingress", "ingressClass": "traefik"})
    shared["cluster"]["namespaces"] = "existing"

    configured = settings(project, **{key: value for key, value in shared.items() if key != "organization"})
    other.configure(**configured)
    same_version = other.fail("preview")
    assert "the Deployment greet-20261101-0-" in same_version
    assert f"of the namespace {NAMESPACE} already exists, and this stack did not create it" in same_version

    configured["deployments"] = settings(project, "20261102.0")["deployments"]
    other.configure(**configured)
    same_alias = other.fail("preview")
    assert f"of the namespace {NAMESPACE} already exists, and this stack did not create it" in same_alias
    assert ": the route " in same_alias
    assert "the Deployment" not in same_alias

    configured["deployments"][0]["aliases"] = {}
    other.configure(**configured)
    assert {step.operation for step in other.preview()} == {"create"}


def test_a_stack_is_not_told_of_its_own_objects_even_where_they_are_replaced(stack: Stack) -> None:
    assert stack.preview() == []
    urn = f"urn:pulumi:trial::endpoints::valohai:index:Deployment$kubernetes:core/v1:Namespace::{ADDRESS}"
    said = stack.succeed("preview", "--replace", urn)
    assert "already exists" not in said
    assert "replace" in said
