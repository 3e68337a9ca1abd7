"""A team: its account, a token for it, and the places of its deployments."""

from typing import NotRequired, TypedDict

import pulumi

from managed.components.access import AccountArgs, account
from managed.components.bound_token import BoundToken
from managed.components.space import Space, SpaceArgs


class TeamArgs(TypedDict):
    """Everything about one team."""

    account: AccountArgs
    """The account that the team's stack deploys as."""
    kubeconfig: NotRequired[str]
    """Path of the administrator's kubeconfig, which asks for the token; kubectl's own choice when absent."""
    context: str
    """The administrator's context."""
    token_seconds: int
    """Lifetime of the token."""
    spaces: dict[str, SpaceArgs]
    """The places of its deployments by ``<project>/<deployment>``."""


class Team(pulumi.ComponentResource):
    """Account, token and namespaces of a team."""

    token: pulumi.Output[str]
    """The account's token; a secret."""
    expires: pulumi.Output[str]
    """When the token ends, in ISO 8601."""

    def __init__(self, name: str, args: TeamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Team", name, {}, opts)
        waits = opts.depends_on if opts else None
        own = account(name, args["account"], pulumi.ResourceOptions(parent=self, depends_on=waits))
        for key, space in args["spaces"].items():
            Space(f"{name}/{key}", space, pulumi.ResourceOptions(parent=self, depends_on=waits))
        token = BoundToken(
            name,
            {
                "kubeconfig": args.get("kubeconfig"),
                "context": args["context"],
                "namespace": args["account"]["namespace"],
                "account": args["account"]["name"],
                "account_uid": own.metadata.apply(lambda metadata: metadata.uid),
                "seconds": args["token_seconds"],
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.token = token.token
        self.expires = token.expires
        self.register_outputs({"token": self.token, "expires": self.expires})
