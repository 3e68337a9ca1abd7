"""A token of a ServiceAccount as a resource, since TokenRequest is none that Kubernetes keeps."""

from typing import Any, TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


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
            from managed.components import token_lifecycle

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
