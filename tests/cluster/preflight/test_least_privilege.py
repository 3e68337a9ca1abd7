"""A stack from its first preview to its end, by an account with the documented Role and no other right."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoints.preflight.rights import Right
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import own_cluster, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack, count_types
from tests.cluster.preflight.cluster_objects import documented, kubeconfig_of_account, present
from tests.cluster.preflight.used_rights import Proxy, granted_rights, proxied

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-privilege-production"
OLD, NEW = "20261101.0", "20261102.0"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
WORKLOAD = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        wsgi: greet
    """
APPLICATION = """
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.environ['VERSION']} {len(os.environ['KEY'])}".encode()]
    """


def rights(group: str, resource: str, *verbs: str) -> set[Right]:
    return {Right(group, resource, verb) for verb in verbs}


ALL = ("get", "list", "watch", "create", "patch", "delete")
BY_VERSION = (
    # Before 4.29 it creates by PATCH, from then on by POST.
    {
        right
        for group, resource in (
            ("", "secrets"),
            ("", "services"),
            ("apps", "deployments"),
            ("autoscaling", "horizontalpodautoscalers"),
            ("policy", "poddisruptionbudgets"),
            ("networking.k8s.io", "ingresses"),
        )
        for right in rights(group, resource, "create", "patch")
    }
    # Taking one of these away made `pulumi up` with 4.29 fail or wait for ever.
    | rights("", "endpoints", "list", "watch")
    | rights("", "persistentvolumeclaims", "list", "watch")
)
"""Rights whose use depends on the version of Pulumi's plugin."""
SELDOM_USED = {
    "smokeRequest: {via: pod} from Kubernetes 1.35 on": rights("", "pods/portforward", "create"),
    "metrics: {scrape: podMonitor}": rights("monitoring.coreos.com", "podmonitors", *ALL),
    "routing: {kind: gateway}": rights("gateway.networking.k8s.io", "httproutes", *ALL),
    "prefix: strip": rights("traefik.io", "middlewares", *ALL),
    "scaling: {keda: ...}": rights("keda.sh", "scaledobjects", *ALL),
    "tls: {issuer: ...}": rights("cert-manager.io", "certificates", *ALL),
}
"""Rights that a stack like this one makes no use of, by what does."""


@pytest.fixture(scope="module")
def proxy(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The account's way to the cluster."""
    directory = tmp_path_factory.mktemp("privilege")
    with present(kubectl, *documented("deployer.yaml", NAMESPACE)):
        kubeconfig = kubeconfig_of_account(kubectl, "deployer", NAMESPACE, directory / "config")
        with proxied(kubeconfig, "deployer", directory) as proxy:
            yield proxy


@pytest.fixture(scope="module")
def stack(proxy: Proxy, new_stack: Callable[[str], Stack]) -> Stack:  # noqa: ARG001 - outlives the stack
    return new_stack("privilege")


def settings(connection: dict[str, Any], project: Path, latest: str, most: int) -> dict[str, Any]:
    greet = {"replicas": {"min": 2, "max": most}, "smokeRequest": {"via": "pod", "contains": " 4"}}
    versions = [
        {"name": name, "environment": {"VERSION": name, "MOST": str(most)}, "endpoints": {"greet": greet}}
        for name in (OLD, NEW)
    ]
    return {
        **own_cluster(connection, {"kind": "ingress", "ingressClass": "traefik"}),
        "cluster": {
            "kind": "user",
            "context": "deployer",
            "namespaces": "existing",
            "kubeconfig": {"secret": "cluster"},
        },
        "deployments": [
            {
                "project": "privilege",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": latest},
                "environment": {"KEY": {"secret": "key"}},
                "versions": versions,
            }
        ],
    }


def test_the_documented_role_is_enough_for_a_stacks_whole_life_and_grants_nothing_else(
    stack: Stack,
    connection: dict[str, Any],
    kubectl: Kubectl,
    proxy: Proxy,
    tmp_path: Path,
) -> None:
    project = write_project(tmp_path / "project", MANIFEST, greet__py=APPLICATION)

    def configure(latest: str, most: int = 3) -> None:
        stack.configure(**settings(connection, project, latest, most))
        stack.set_secret("cluster", proxy.kubeconfig.read_text())
        stack.set_secret("key", "four")

    configure(OLD)
    shown = stack.succeed("preview")
    assert "cluster deployer, http://127.0.0.1:" in shown
    assert (
        "not checked, because the kubeconfig's account has no permission to read it: ingress classes, "
        in shown.replace(";", ",")
    )
    assert {step.operation for step in stack.preview()} == {"create"}
    stack.up()
    assert stack.preview() == []

    path = stack.outputs("aliases")["trial/privilege/production/latest/greet"]["url"]
    url = connection["router"]["url"] + path
    wait_until(lambda: request(url).body == f"{OLD} 4", 30, "the alias leads to the old version")
    configure(NEW)
    assert count_types(stack.preview()) == Counter({("update", INGRESS): 1})
    stack.up()
    wait_until(lambda: request(url).body == f"{NEW} 4", 30, "the alias leads to the new version")

    configure(NEW, most=4)
    assert {(step.operation, step.type) for step in stack.preview()} == {
        ("update", WORKLOAD),
        ("update", AUTOSCALER),
        ("update", "pulumi:index:Stash"),
    }

    token = json.dumps(proxy.kubeconfig.read_text().split("token: ")[1].split()[0])[1:-1]
    assert token not in stack.written()
    stack.succeed("refresh", "--yes", "--skip-preview")
    stack.destroy()
    assert kubectl.get("deployments,services,ingresses,secrets", NAMESPACE) == []
    assert NAMESPACE in kubectl.namespaces()

    unused = unused_rights(proxy)
    assert unused - BY_VERSION == {right for rights in SELDOM_USED.values() for right in rights}
    # Any version creates what it makes, and looks at what pods mount or Services lead to.
    assert unused & BY_VERSION < BY_VERSION


def unused_rights(proxy: Proxy) -> set[Right]:
    """Return what the Role grants and the account has made no use of."""
    (role,) = (made for made in documented("deployer.yaml", NAMESPACE) if made["kind"] == "Role")
    return granted_rights(role["rules"]) - proxy.used_rights()
