"""The embedded cluster, found by the file that it writes when it is up."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from endpoints.cluster.kubeconfig import find_kubeconfig
from endpoints.errors import Problem, ProjectError
from endpoints.settings import GatewayReference, GatewayRouting, Settings
from endpoints.targets.builder import image_builder
from endpoints.targets.cluster import Cluster
from endpoints.targets.registry import RegistryAccess
from endpoints.targets.router import GatewayRouter, IngressRouter, Router
from endpoints.targets.target import Target

CONNECTION_FILE = Path(".localcluster/connection.json")
"""Where ``python -m localcluster up`` tells how to reach its cluster, relative to Pulumi.yaml's directory."""

CONNECTION_VARIABLE = "LOCALCLUSTER_CONNECTION"
"""Environment variable that names another connection file."""


def embedded_target(settings: Settings, root: Path, environment: Mapping[str, str]) -> Target:
    """Return what the connection file says; raises ProjectError where the cluster does not run."""
    path = Path(environment.get(CONNECTION_VARIABLE) or root / CONNECTION_FILE)
    connection = _read_connection(path)
    kubeconfig, context = connection["kubeconfig"], connection["context"]
    builder = image_builder(settings, root)
    authority = connection["buildCertificateAuthority"]
    return Target(
        Cluster(kubeconfig, context, find_kubeconfig(kubeconfig, root, environment).server(context)),
        RegistryAccess(connection["registry"]),
        _router(settings, connection["router"], path),
        replace(
            builder,
            name=builder.name or connection["builder"]["name"],
            certificates=builder.certificates
            or (Path(authority).read_text(encoding="utf-8") if authority else None),
        ),
    )


def _router(settings: Settings, connection: Mapping[str, Any], path: Path) -> Router:
    """Return the cluster's one router as the kind that the stack chooses: an Ingress unless it says so."""
    if not isinstance(settings.routing, GatewayRouting):
        https_port = connection.get("httpsAddress", "").rpartition(":")[2]
        return IngressRouter(
            connection["url"],
            ingress_class=connection["ingressClass"],
            https_port=int(https_port) if https_port else None,
        )
    if "gateway" not in connection:
        text = f"{path} tells of no Gateway, so that the embedded cluster is an older one; run"
        raise ProjectError(settings.problem(("routing", "kind"), f"{text} `python -m localcluster up` again"))
    return GatewayRouter(connection["url"], GatewayReference(**connection["gateway"]))


def _read_connection(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProjectError(
            Problem(
                str(path),
                None,
                "",
                "there is no such file, so the embedded cluster of this stack does not run;"
                " start it with `python -m localcluster up`",
            )
        ) from None
