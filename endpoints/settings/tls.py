"""HTTPS of an Ingress."""

from typing import Literal, Self

from pydantic import model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import ObjectName, rule

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
