"""How requests come in."""

from typing import Literal, Self

from pydantic import model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import HostName, ObjectName, rule

RoutingKind = Literal["ingress", "gateway"]
"""What routes are made of: Kubernetes' Ingress, or the Gateway API's HTTPRoute."""


class Tls(Model):
    """HTTPS for the host, by a TLS Secret that exists in each deployment's namespace."""

    secret_name: ObjectName


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
