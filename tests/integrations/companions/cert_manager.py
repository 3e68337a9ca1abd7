"""cert-manager in the cluster: its definitions, and the controllers that tools/cert-manager starts."""

from pathlib import Path
from typing import Any

from tests.cluster.deployments.kubectl import Kubectl
from tests.integrations.companions.images import push
from tests.integrations.companions.objects import account, cluster_role, container, rule, workload

NAMESPACE = "cert-manager"
"""Also where it looks for the Secrets that its ClusterIssuers name."""

_READING = ("get", "list", "watch")
_WRITING = (*_READING, "create", "update", "patch", "delete")


def install_cert_manager(programs: Path, registry: str, kubectl: Kubectl) -> None:
    """Run cert-manager's controllers in a pod, and wait until that runs."""
    definitions = f"--filename={programs / 'definitions'}"
    kubectl.run("apply", "--server-side", "--force-conflicts", definitions)
    kubectl.run("wait", "--for=condition=Established", "--timeout=60s", definitions)
    kubectl.apply(*_objects(push(registry, programs, "cert-manager")))
    kubectl.await_condition("Available", f"deployment/{NAMESPACE}", NAMESPACE)


def _objects(image: str) -> list[dict[str, Any]]:
    """Return all but the definitions, with the rights that cert-manager's chart gives these controllers."""
    issued = ["certificates", "certificaterequests", "issuers", "clusterissuers"]
    rules = [
        rule("cert-manager.io", issued, _WRITING),
        rule("cert-manager.io", [f"{kind}/status" for kind in issued], ("update", "patch")),
        rule("cert-manager.io", [f"{kind}/finalizers" for kind in issued], ("update",)),
        rule("", ["secrets"], _WRITING),
        rule("", ["events"], ("create", "patch")),
    ]
    place = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    return [
        *account(NAMESPACE),
        *cluster_role(NAMESPACE, rules),
        workload(NAMESPACE, container(image, env=[{"name": "POD_NAMESPACE", "valueFrom": place}])),
    ]
