"""What a stack file says of where endpoints run: the cluster, its registry, and what it costs."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from endpoints.stack_file.model import Model
from endpoints.stack_file.values import SENSITIVE, Kubeconfig, ObjectName, Repository, StackName, Text, rule


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does.

    `kubeconfig` is a path relative to Pulumi.yaml's directory, an entry of the stack's `secrets` that holds
    the content, or None for kubectl's default (KUBECONFIG, then ~/.kube/config). `context` has no default, so
    that nothing lands on whatever cluster happens to be current. `namespaces` tells whether the stack makes
    its deployments' namespaces, with the account of the pods, or whoever manages the cluster has made them:
    for an account that may not, as least privilege has it.
    """

    kind: Literal["user"]
    context: Text
    kubeconfig: Kubeconfig | None = None
    namespaces: Literal["create", "existing"] = "create"


class EmbeddedCluster(Model):
    """The cluster that `python -m localcluster up` runs on this machine, found by its connection file."""

    kind: Literal["embedded"]


class ManagedCluster(Model):
    """A cluster that another Pulumi stack manages for several teams; `stack` is its full name.

    Everything else about the cluster comes from that stack's output for `team`.
    """

    kind: Literal["managed"]
    stack: StackName
    team: Text


class PullSecret(Model):
    """What the cluster's nodes pull with.

    `credentials` are `username` and `password`, which only have to read. `docker-login` is the machine's own
    docker login, as it is during the update. `existing` is the Secret `name`, which is in the namespace of
    each deployment. With `none` the nodes know by themselves how to pull.
    """

    kind: Literal["credentials", "docker-login", "existing", "none"]
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)
    name: ObjectName | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_kind(self) -> Self:
        needed = {"credentials": ("username", "password"), "existing": ("name",)}.get(self.kind, ())
        for key in ("username", "password", "name"):
            given = getattr(self, key) is not None
            if given and key not in needed:
                raise rule(f"{key} is not for kind {self.kind}; remove it")
            if not given and key in needed:
                raise rule(f"{key} is missing, which kind {self.kind} needs; add it")
        return self


class Registry(Model):
    """Where images are pushed to and pulled from: `host[:port]/path`, without tag.

    Without `username` and `password` the machine's own docker login is used for pushing. With both, and
    without `pull_secret`, they are the pull secret as well; without all three there is none.
    """

    repository: Repository
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)
    pull_secret: PullSecret | None = None

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise rule(f"{missing} is missing; give username and password, or neither to use docker login")
        return self


Price = Annotated[float, Field(strict=True, ge=0)]
"""An amount of money; text is refused rather than converted."""


class Prices(Model):
    """Prices of what pods request, in `currency`, a word such as `EUR` that is shown behind amounts.

    `cpu_hour` is the price of one CPU for an hour, `memory_gib_hour` that of one GiB (2^30 bytes). There are
    no defaults, since a guessed price is worse than none. Only `python -m endpoints report` reads them.
    """

    cpu_hour: Price
    memory_gib_hour: Price
    currency: Text
