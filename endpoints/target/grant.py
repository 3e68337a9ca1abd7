"""What a shared cluster grants to one team: the contract between `managed/` and a team's stack.

The managing stack has one output for each team, a secret of this shape; a team's stack reads it before
anything is planned. It names what that team needs and nothing of any other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import SecretStr

from endpoints.stack_file import Replicas, Routing
from endpoints.stack_file.values import Model

FORM: Literal[1] = 1
"""Raised whenever the shape changes in a way that an older program would misread."""


class GrantedAccess(Model):
    """How the team reaches the API server: a whole kubeconfig with a token that ends at `expires`."""

    server: str
    context: str
    kubeconfig: SecretStr
    expires: datetime


class GrantedRegistry(Model):
    """The path that all images of the team must lie under, and the credentials for pushing there."""

    repository: str
    username: str | None = None
    password: SecretStr | None = None


class GrantedRouter(Model):
    """The router, and the host names that the team may route; the first is the default.

    Without hosts, routes must have none. `base_url` is what URLs begin with, for the cluster's own host.
    `https_port` is where routes with a certificate are answered if that is not port 443.
    """

    routing: Routing
    hosts: tuple[str, ...] = ()
    base_url: str
    https_port: int | None = None


class GrantedBuilder(Model):
    """The builder of an embedded cluster, and the PEM certificates that its builds need on that machine."""

    name: str
    certificates: str | None = None


class GrantedReplicas(Model):
    """How many pods an endpoint has that asks for no number, and the most that it may ask for."""

    default: Replicas
    max: int


class ContainerLimits(Model):
    """What the LimitRange gives a container that asks for nothing, and the most that one may have."""

    requests: Mapping[str, str]
    limits: Mapping[str, str]
    max: Mapping[str, str]


class GrantedTerms(Model):
    """Everything that a team may use, once it has access.

    `deployments` maps `<project>/<deployment>` to the namespace that is ready for it. `quota` is what all
    pods of one such namespace may use together, by the names that a ResourceQuota has for it. From
    `monitoring_namespace` a Prometheus reads metrics; None means that none does.
    """

    form: Literal[1] = FORM
    organization: str
    deployments: Mapping[str, str]
    registry: GrantedRegistry
    router: GrantedRouter
    replicas: GrantedReplicas
    quota: Mapping[str, str]
    container: ContainerLimits
    builder: GrantedBuilder | None = None
    monitoring_namespace: str | None = None


class Grant(GrantedTerms):
    """Everything that a team may use, and how it gets at it: the whole output."""

    access: GrantedAccess
