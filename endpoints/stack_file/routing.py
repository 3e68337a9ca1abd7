"""How requests reach the endpoints: by an Ingress or by a Gateway, and over TLS."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from endpoints.stack_file.model import Model
from endpoints.stack_file.values import HostName, NamespaceName, ObjectName, rule

IssuerKind = Literal["ClusterIssuer", "Issuer"]


class Tls(Model):
    """HTTPS for the host, with the certificate of a TLS Secret in each deployment's namespace.

    `secret_name` is a Secret that exists there. With `issuer` cert-manager makes one in each namespace and
    renews it; an issuer of the kind `Issuer` must exist in each of them.
    """

    secret_name: ObjectName | None = None
    issuer: ObjectName | None = None
    issuer_kind: IssuerKind = "ClusterIssuer"

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.secret_name is None) == (self.issuer is None):
            raise rule("allowed: exactly one of secretName and issuer")
        if self.issuer is None and "issuer_kind" in self.model_fields_set:
            raise rule("issuerKind is of an issuer; add issuer in place of secretName, or remove issuerKind")
        return self


RoutingKind = Literal["ingress", "gateway"]
"""What routes are made of: Kubernetes' Ingress, or the Gateway API's HTTPRoute."""


class IngressRouting(Model):
    """Routes by a Kubernetes Ingress.

    `ingress_class` None means the cluster's default class. `host` None means that every host name is served.
    """

    kind: Literal["ingress"]
    ingress_class: ObjectName | None = None
    host: HostName | None = None
    tls: Tls | None = None

    @model_validator(mode="after")
    def _has_a_host_for_tls(self) -> Self:
        if self.tls is not None and self.host is None:
            raise rule("tls needs host, the name that the certificate is for; add host")
        return self


class GatewayReference(Model):
    """A Gateway that exists, and one of its listeners; None means all that take the routes."""

    name: ObjectName
    namespace: NamespaceName
    listener: ObjectName | None = None


class GatewayRouting(Model):
    """Routes by an HTTPRoute of the Gateway API.

    `gateway` is None for the embedded cluster alone, which has one. `host` None means every host name of the
    listener. `scheme` only tells what the URLs of the outputs begin with: a listener's protocol is its own.
    `request_timeout_seconds` is how long an answer may take, a day at most; None leaves that to the router.
    """

    kind: Literal["gateway"]
    gateway: GatewayReference | None = None
    host: HostName | None = None
    scheme: Literal["http", "https"] = "http"
    request_timeout_seconds: Annotated[int, Field(strict=True, ge=1, le=86400)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_no_certificate(cls, value: object) -> object:
        if isinstance(value, Mapping) and "tls" in value:
            raise rule(
                "tls is not a route's: HTTPS ends at the Gateway's listener, which has the certificate; "
                "remove tls, and give scheme: https where the listener's protocol is HTTPS"
            )
        return value
