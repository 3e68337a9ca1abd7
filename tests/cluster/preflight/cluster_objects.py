"""Objects that provoke what a preflight finds, and accounts that may not see everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.deployments.kubectl import Kubectl

Object = dict[str, Any]

MANIFESTS = Path(__file__).parents[3] / "docs/manifests"


@contextmanager
def present(kubectl: Kubectl, *objects: Object) -> Iterator[None]:
    """Make objects, and remove them when the block ends."""
    kubectl.apply(*objects)
    try:
        yield
    finally:
        kubectl.delete(*objects)


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def of_namespace(api_version: str, kind: str, name: str, namespace: str, **fields: Any) -> Object:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        **fields,
    }


def documented(file: str, namespace: str) -> list[Object]:
    """Return the objects of a file of docs/manifests for another namespace."""
    text = (MANIFESTS / file).read_text().replace("acme-digits-production", namespace)
    return list(yaml.safe_load_all(text))


def kubeconfig_of_account(kubectl: Kubectl, account: str, namespace: str, file: Path) -> Path:
    """Write a kubeconfig with a token of a service account, with the context `account`."""
    own = yaml.safe_load(kubectl.kubeconfig.read_text())
    token = kubectl.run("create", "token", account, "--namespace", namespace, "--duration", "1h").strip()
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "cluster", "cluster": own["clusters"][0]["cluster"]}],
                "users": [{"name": account, "user": {"token": token}}],
                "contexts": [{"name": account, "context": {"cluster": "cluster", "user": account}}],
            }
        )
    )
    return file
