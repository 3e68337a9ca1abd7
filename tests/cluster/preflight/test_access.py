"""Accounts that may not do everything, or not see everything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.preflight.cluster_objects import (
    Object,
    documented,
    kubeconfig_of_account,
    namespace,
    of_namespace,
    present,
)
from tests.cluster.preflight.conftest import Look, Place, user_cluster

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-access")

HOME = f"{PLACE.organization}-accounts"
RBAC = "rbac.authorization.k8s.io"


def account(name: str, cluster_role: str | None = None) -> list[Object]:
    objects = [of_namespace("v1", "ServiceAccount", name, HOME)]
    if cluster_role is not None:
        objects.append(
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": f"{HOME}-{name}"},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": cluster_role},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": HOME}],
            }
        )
    return objects


@pytest.fixture(scope="module")
def kubeconfigs(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Kubeconfigs of an account that may do nothing and of one that may read most of what there is."""
    directory = tmp_path_factory.mktemp("accounts")
    with present(kubectl, namespace(HOME), *account("nobody"), *account("reader", "view")):
        yield {
            name: kubeconfig_of_account(kubectl, name, HOME, directory / name)
            for name in ("nobody", "reader")
        }


def cluster_of(name: str, file: Path, **changes: Any) -> dict[str, Any]:
    return {"kind": "user", "kubeconfig": str(file), "context": name, **changes}


def test_rights_that_are_missing_are_told_together_with_who_can_give_them(
    look: Look, kubeconfigs: dict[str, Path]
) -> None:
    (error,) = look(cluster=cluster_of("nobody", kubeconfigs["nobody"])).errors
    assert "deployments[0]: missing RBAC permissions in the namespace " in error
    assert "get, list, watch, create, patch and delete namespaces" in error
    (owned,) = (text for text in error.split("; ") if "delete namespaces" in text)
    assert "get, list, watch, create, patch and delete namespaces" in owned
    assert all(kind in owned for kind in ("services", "deployments.apps", "ingresses.networking.k8s.io"))
    assert "list and watch replicasets.apps, pods, endpoints and persistentvolumeclaims" in error
    assert "secrets" not in error  # this stack has none
    assert f"in the namespace {PLACE.namespace}: " in error
    assert (
        "the Role of docs/clusters.md, or create the namespace and set cluster: {namespaces: existing}"
    ) in error


def test_what_a_reader_may_not_do_is_an_error_and_what_it_may_not_see_is_said(
    look: Look, kubeconfigs: dict[str, Path]
) -> None:
    cluster = cluster_of("reader", kubeconfigs["reader"])

    (error,) = look(cluster=cluster).errors
    assert "create, patch and delete namespaces, serviceaccounts, services, " in error
    assert "list and watch" not in error

    seen = look(cluster=cluster, preflight="advise")
    assert seen.errors == []
    assert len(seen.advice) == 1
    assert "ingress classes" in seen.may_not_see
    assert "nodes" in seen.may_not_see
    assert f"of the namespace {PLACE.namespace} whether pods would be refused" in seen.may_not_see


def test_existing_namespaces_have_to_be_there_with_their_account(
    look: Look, connection: dict[str, Any], kubectl: Kubectl
) -> None:
    cluster = user_cluster(connection, namespaces="existing")
    (missing,) = look(cluster=cluster).errors
    assert (
        f"the namespace {PLACE.namespace} does not exist, and `namespaces: existing` does not create it"
        in missing
    )
    with present(kubectl, namespace(PLACE.namespace)):
        (incomplete,) = look(cluster=cluster).errors
        (foreign,) = look().advice
    assert f"the namespace {PLACE.namespace} has no ServiceAccount endpoints for pods to run as" in incomplete
    assert "was not created by this program, and is not taken over" in foreign
    with present(kubectl, *documented("deployer.yaml", PLACE.namespace)):
        assert look(cluster=cluster).errors == []


def test_the_documented_roles_are_enough_to_see_everything(
    look: Look, kubectl: Kubectl, tmp_path: Path
) -> None:
    objects = documented("deployer.yaml", PLACE.namespace) + documented("preflight.yaml", PLACE.namespace)
    with present(kubectl, *objects):
        file = kubeconfig_of_account(kubectl, "deployer", PLACE.namespace, tmp_path / "config")
        seen = look(cluster=cluster_of("deployer", file, namespaces="existing"))
    assert (seen.errors, seen.advice, seen.may_not_see) == ([], [], [])


def test_without_the_second_role_the_same_account_is_told_what_it_may_not_see(
    look: Look, kubectl: Kubectl, tmp_path: Path
) -> None:
    with present(kubectl, *documented("deployer.yaml", PLACE.namespace)):
        file = kubeconfig_of_account(kubectl, "deployer", PLACE.namespace, tmp_path / "config")
        seen = look(cluster=cluster_of("deployer", file, namespaces="existing"))
    assert (seen.errors, seen.advice) == ([], [])
    assert seen.may_not_see == [
        "ingress classes",
        "nodes",
        "routes of other namespaces",
        f"of the namespace {PLACE.namespace} its quotas, whether pods would be refused",
    ]
