"""Tokens of the teams' accounts: asked for by the TokenRequest API, bound to the account, with an end.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/

A Secret of type service-account-token would be a plain resource, but its token never ends.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.client import responses
from pathlib import Path
from typing import Any

from endpoints.errors import ProjectError

RENEWED_BELOW = 1 / 3
"""The share of its lifetime below which a token is renewed."""


@dataclass(frozen=True)
class Token:
    """A token and its times, in ISO 8601 and UTC; `given` is when it was asked for."""

    text: str
    given: str
    expires: str


def is_due(token: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a token should be renewed, from the times of its resource in the state."""
    given, expires = (datetime.fromisoformat(token[key]) for key in ("given", "expires"))
    return expires - now < RENEWED_BELOW * (expires - given)


def request_token(
    kubeconfig: str | None, context: str, namespace: str, account: str, seconds: int, now: datetime
) -> Token:
    """Ask the API server for a token of the account, as the administrator whose kubeconfig this is.

    The server may give it a shorter life than `seconds`; `expires` is what it has decided. Raises
    ProjectError where it gives none.
    """
    # Takes half a second, and only an update that gives a token needs it.
    from endpoints.cluster.api import Api, UnreachableError
    from endpoints.cluster.connection import open_connection

    nothing = f"the cluster of the context {context} gives no token of the account {namespace}/{account}"
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    # Without an audience the token is for the API server itself.
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [], "expirationSeconds": seconds},
    }
    try:
        with open_connection(kubeconfig, context, Path.cwd(), os.environ) as client:
            answer = Api(client).post(path, request)
    except ProjectError as failure:
        raise ProjectError(f"{nothing}: {failure}") from None
    except UnreachableError as failure:
        remedy = f"`kubectl --context {context} version` shows whether it answers"
        raise ProjectError(f"{nothing}: {failure}; {remedy}") from None
    if answer.status != HTTPStatus.CREATED:
        remedy = "the kubeconfig's account needs create of serviceaccounts/token there"
        reason = answer.message or responses.get(answer.status, str(answer.status))
        raise ProjectError(f"{nothing}: {reason}; {remedy}")
    given = answer.body["status"]
    expires = datetime.fromisoformat(given["expirationTimestamp"])
    return Token(given["token"], now.isoformat(), expires.isoformat())
