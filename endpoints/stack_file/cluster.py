"""The cluster that endpoints run on, and how requests reach them there."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from endpoints.stack_file.objects import Annotations
from endpoints.stack_file.values import (
    HostName,
    Kubeconfig,
    Model,
    NamespaceName,
    ObjectName,
    StackName,
    Text,
    rule,
)


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does."""

    kind: Literal["user"] = Field(description="`user`: any cluster that kubectl can reach")
    context: Text = Field(
        description="Context of the kubeconfig. It has no default, so that nothing is deployed to the wrong "
        "cluster by accident",
    )
    kubeconfig: Kubeconfig | None = Field(
        default=None,
        description="Path of the kubeconfig, or `{secret: NAME}`: the entry of `secrets` that holds one. "
        "Without it, kubectl's own: `KUBECONFIG`, then `~/.kube/config`",
    )
    namespaces: Literal["create", "existing"] = Field(
        default="create",
        description="`create`: the stack creates a namespace for each deployment. `existing`: the "
        "namespaces exist already, for an account that may not create them",
    )


class EmbeddedCluster(Model):
    """The cluster that `python -m localcluster up` runs on this machine, found by its connection file."""

    kind: Literal["embedded"] = Field(
        description="`embedded`: the cluster that `python -m localcluster up` starts on this machine"
    )


class ManagedCluster(Model):
    """A cluster that another Pulumi stack manages for several teams.

    Everything else about the cluster comes from that stack's output for the team.
    """

    kind: Literal["managed"] = Field(
        description="`managed`: a cluster that another stack manages for several teams, see "
        "[managed.md](managed.md)",
    )
    stack: StackName = Field(description="Full name of the managing stack: `organization/project/stack`")
    team: Text = Field(description="Name of your team in the managing stack")


IssuerKind = Literal["ClusterIssuer", "Issuer"]


class Tls(Model):
    """HTTPS for the host, with the certificate of a TLS Secret in each deployment's namespace."""

    secret_name: ObjectName | None = Field(
        default=None, description="A TLS Secret that exists in the namespace of each deployment"
    )
    issuer: ObjectName | None = Field(
        default=None,
        description="Instead of `secretName`: an issuer of [cert-manager](https://cert-manager.io), which "
        "creates such a Secret in each namespace and renews it",
    )
    issuer_kind: IssuerKind = Field(
        default="ClusterIssuer",
        description="`ClusterIssuer`, or `Issuer`, which must exist in the namespace of each deployment",
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.secret_name is None) == (self.issuer is None):
            raise rule("allowed: exactly one of secretName and issuer")
        if self.issuer is None and "issuer_kind" in self.model_fields_set:
            raise rule("issuerKind needs issuer; add issuer instead of secretName, or remove issuerKind")
        return self


RoutingKind = Literal["ingress", "gateway"]
"""What routes are made of: Kubernetes' Ingress, or the Gateway API's HTTPRoute."""


IngressController = Literal["traefik", "ingress-nginx"]
"""Ingress controllers that can be told to remove a prefix."""

_CONTROLLERS: Mapping[str, IngressController] = {"traefik": "traefik", "nginx": "ingress-nginx"}
"""By the names that the controllers' own charts give to their IngressClass."""


class IngressRouting(Model):
    """Routes by a Kubernetes Ingress."""

    kind: Literal["ingress"] = Field(description="`ingress`: one Ingress for each URL")
    ingress_class: ObjectName | None = Field(
        default=None, description="Name of an IngressClass. Without it, the cluster's default class"
    )
    controller: IngressController | None = Field(
        default=None,
        description="What serves the IngressClass, `traefik` or `ingress-nginx`; only `prefix: strip` needs "
        "to know it. Without it, known if `ingressClass` is `traefik` or `nginx`",
    )
    host: HostName | None = Field(
        default=None, description="Host name of every URL. Without it, every host name is served"
    )
    tls: Tls | None = Field(default=None, description="HTTPS for `host`")
    annotations: Annotations = Field(
        default_factory=dict,
        description="Annotations of each Ingress, by which the router decides on body sizes, time-outs and "
        "more, see [annotations](pods-and-routes.md#annotations-of-routes)",
    )

    @property
    def known_controller(self) -> IngressController | None:
        """The controller, as far as this file tells; the cluster is not asked, for equal previews."""
        return self.controller or _CONTROLLERS.get(self.ingress_class or "")

    @model_validator(mode="after")
    def _has_a_host_for_tls(self) -> Self:
        if self.tls is not None and self.host is None:
            raise rule("tls needs host, the name in the certificate; add host")
        return self


class GatewayReference(Model):
    """A Gateway that exists, and one of its listeners."""

    name: ObjectName = Field(description="Name of the Gateway")
    namespace: NamespaceName = Field(description="Namespace of the Gateway")
    listener: ObjectName | None = Field(
        default=None,
        description="The listener that takes the routes. Without it, every listener that allows them",
    )


class GatewayRouting(Model):
    """Routes by an HTTPRoute of the Gateway API."""

    kind: Literal["gateway"] = Field(description="`gateway`: one HTTPRoute for each URL")
    gateway: GatewayReference | None = Field(
        default=None,
        description="The Gateway that takes the routes. Required with a `user` cluster; the embedded "
        "cluster has its own",
    )
    host: HostName | None = Field(
        default=None, description="Host name of every URL. Without it, every host name of the listener"
    )
    scheme: Literal["http", "https"] = Field(
        default="http",
        description="`http` or `https`: what URLs in the outputs begin with. Which of them is served is a "
        "setting of the listener",
    )
    request_timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=86400)] | None = Field(
        default=None,
        description="Longest time for one response, in seconds, at most 86400 (a day). Without it, the "
        "router decides",
    )

    annotations: Annotations = Field(
        default_factory=dict,
        description="Annotations of each HTTPRoute, see "
        "[annotations](pods-and-routes.md#annotations-of-routes)",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_no_certificate(cls, value: object) -> object:
        if isinstance(value, Mapping) and "tls" in value:
            raise rule(
                "tls is not for a Gateway: HTTPS ends at its listener, which has the certificate; "
                "remove tls, and set scheme: https if that is the listener's protocol"
            )
        return value


Routing = Annotated[IngressRouting | GatewayRouting, Field(discriminator="kind")]
"""How requests come in."""
