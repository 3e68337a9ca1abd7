"""Puts together a team's output: what the team's stack reads (endpoints.grant)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from endpoints.grant import (
    ContainerLimits,
    Grant,
    GrantedAccess,
    GrantedBuilder,
    GrantedRegistry,
    GrantedReplicas,
    GrantedRouter,
)
from endpoints.targets import RegistryAccess
from managed.plan.models import SpacePlan
from managed.settings import Limits

_NO_ACCESS = GrantedAccess(
    server="", context="", kubeconfig=SecretStr(""), expires=datetime.fromtimestamp(0, UTC)
)


def grant_without_access(
    organization: str,
    spaces: Sequence[SpacePlan],
    registry: RegistryAccess,
    router: GrantedRouter,
    limits: Limits,
    quota: Mapping[str, str],
    container: ContainerLimits,
    builder: GrantedBuilder | None,
    monitoring_namespace: str | None,
) -> dict[str, object]:
    """Return the output of one team in JSON's types, without its `access`."""
    grant = Grant(
        organization=organization,
        deployments={space.deployment: space.namespace for space in spaces},
        access=_NO_ACCESS,
        registry=GrantedRegistry(
            repository=registry.repository, username=registry.username, password=registry.password
        ),
        router=router,
        replicas=GrantedReplicas(default=limits.replicas.default, max=limits.replicas.max),
        quota=dict(quota),
        container=container,
        builder=builder,
        monitoring_namespace=monitoring_namespace,
    )
    shown = grant.model_dump(mode="json", by_alias=True, exclude={"access"}, exclude_none=True)
    if registry.password is not None:
        shown["registry"]["password"] = registry.password.get_secret_value()
    return shown


def granted_access(entry: Mapping[str, Any], team: str, token: str, expires: str) -> dict[str, str]:
    """Return the `access` of a team's output: a kubeconfig for `entry`, the cluster of the administrator's.

    `expires` is a time in ISO 8601, as the API server gives it. The text of the kubeconfig is JSON, which
    is YAML.
    """
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": dict(entry)}],
        "users": [{"name": team, "user": {"token": token}}],
        "contexts": [{"name": team, "context": {"cluster": "cluster", "user": team}}],
        "current-context": team,
    }
    return {
        "server": str(entry["server"]),
        "context": team,
        "kubeconfig": json.dumps(kubeconfig),
        "expires": expires,
    }
