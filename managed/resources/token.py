"""A token of a ServiceAccount as a resource, since TokenRequest is none that Kubernetes keeps."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import responses
from pathlib import Path
from typing import Any, TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

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

    subject = f"the service account {namespace}/{account}"
    nothing = f"the cluster of the context {context} cannot create a token for {subject}"
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
        remedy = f"check that it answers: `kubectl --context {context} version`"
        raise ProjectError(f"{nothing}: {failure}; {remedy}") from None
    if answer.status != HTTPStatus.CREATED:
        remedy = (
            "the kubeconfig's account needs the permission to create serviceaccounts/token in this namespace"
        )
        reason = answer.message or responses.get(answer.status, str(answer.status))
        raise ProjectError(f"{nothing}: {reason}; {remedy}")
    given = answer.body["status"]
    expires = datetime.fromisoformat(given["expirationTimestamp"])
    return Token(given["token"], now.isoformat(), expires.isoformat())


def create(props: dict[str, Any]) -> CreateResult:
    """Ask for the first token."""
    return CreateResult(f"{props['namespace']}/{props['account']}", _with_token(props))


def diff(olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
    """Tell whether there must be another token; the way to the cluster is not part of it."""
    decisive = ("namespace", "account", "account_uid", "seconds")
    changed = any(olds.get(key) != news.get(key) for key in decisive)
    return DiffResult(changes=changed or is_due(olds, datetime.now(UTC)))


def update(props: dict[str, Any]) -> UpdateResult:
    """Ask for another token; the one before ends at its own time, so that running updates keep theirs."""
    return UpdateResult(_with_token(props))


def _with_token(props: dict[str, Any]) -> dict[str, Any]:
    # The engine makes every number a fraction.
    token: Token = request_token(
        props.get("kubeconfig"),
        props["context"],
        props["namespace"],
        props["account"],
        int(props["seconds"]),
        datetime.now(UTC),
    )
    return {**props, "token": token.text, "given": token.given, "expires": token.expires}


class BoundTokenArgs(TypedDict):
    """Whose token, how long it lives, and who asks for it."""

    kubeconfig: pulumi.Input[str] | None
    """Path of the administrator's kubeconfig; None for kubectl's own choice."""
    context: pulumi.Input[str]
    """The administrator's context."""
    namespace: pulumi.Input[str]
    """The account's namespace."""
    account: pulumi.Input[str]
    """The account's name."""
    account_uid: pulumi.Input[str | None]
    """The account's identity: another account of the same name has none of its tokens."""
    seconds: pulumi.Input[int]
    """The lifetime to ask for."""


def _provider() -> ResourceProvider:
    """Return what creates and renews tokens.

    Pulumi keeps a provider's code in the state and runs it in a process of its own, whose directory is that
    of Pulumi.yaml. A class within a function is kept by value: it holds as little as possible, and finds
    everything else in this repository.
    """

    class TokenProvider(ResourceProvider):
        # The code holds no secret, and in the open it is no noise in previews.
        serialize_as_secret_always = False

        def _lifecycle(self) -> Any:
            import sys
            from pathlib import Path

            repository = str(Path.cwd().parent)
            if repository not in sys.path:
                sys.path.insert(0, repository)
            from managed.resources import token as token_lifecycle

            return token_lifecycle

        def create(self, props: dict[str, Any]) -> CreateResult:
            return self._lifecycle().create(props)

        def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
            return self._lifecycle().diff(_olds, _news)

        def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
            return self._lifecycle().update(_news)

    return TokenProvider()


class BoundToken(Resource, module="managed", name="BoundToken"):
    """A token, renewed by the update that finds less than a third of its life left.

    Nothing is undone when it is deleted: a token ends at its time, or with its account.
    """

    token: pulumi.Output[str]
    """The token; a secret."""
    given: pulumi.Output[str]
    """When it was given."""
    expires: pulumi.Output[str]
    """When it ends."""

    def __init__(self, name: str, args: BoundTokenArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            _provider(),
            name,
            {**args, "token": None, "given": None, "expires": None},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["token"])),
        )
