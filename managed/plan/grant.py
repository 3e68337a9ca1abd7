"""Puts together a team's output: what the team's stack reads (endpoints.grant)."""

import json
from collections.abc import Mapping
from typing import Any

from endpoints.grant import GrantedTerms


def granted_terms(terms: GrantedTerms) -> dict[str, object]:
    """Return a team's output in JSON's types, without its `access`; the registry's password is in plain."""
    shown = terms.model_dump(mode="json", by_alias=True, exclude_none=True)
    if terms.registry.password is not None:
        shown["registry"]["password"] = terms.registry.password.get_secret_value()
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
