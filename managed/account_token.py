"""Tokens of the teams' accounts: asked for by the TokenRequest API, bound to the account, with an end.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/

A Secret of type service-account-token would be a plain resource, but its token never ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from endpoints.errors import ProjectError

RENEWED_BELOW = 1 / 3
"""The share of its lifetime below which a token is renewed."""

_TIMEOUT_SECONDS = 30
"""How long the API server may take; without an answer the update fails, and the next asks again."""


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
    from kubernetes import client, config
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config.config_exception import ConfigException
    from urllib3.exceptions import HTTPError

    from endpoints.cluster_api import innermost_reason, refusal

    nothing = f"the cluster of the context {context} gives no token of the account {namespace}/{account}"
    # Without an audience the token is for the API server itself.
    request = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=seconds)
    )
    try:
        with config.new_client_from_config(kubeconfig, context) as connection:  # type: ignore[no-untyped-call]
            answer: Any = client.CoreV1Api(connection).create_namespaced_service_account_token(
                account, namespace, request, _request_timeout=_TIMEOUT_SECONDS
            )
    except ApiException as refused:
        remedy = "the kubeconfig's account needs create of serviceaccounts/token there"
        raise ProjectError(f"{nothing}: {refusal(refused).message or refused.reason}; {remedy}") from None
    except (HTTPError, OSError, ConfigException) as failure:
        remedy = f"`kubectl --context {context} version` shows whether it answers"
        raise ProjectError(f"{nothing}: {innermost_reason(failure)}; {remedy}") from None
    return Token(answer.status.token, now.isoformat(), answer.status.expiration_timestamp.isoformat())
