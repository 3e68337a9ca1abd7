"""A certificate that cert-manager obtains, keeps in a Secret and renews."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.components.identity import MetadataArgs, metadata
from endpoints.components.remedy import remedy


class CertificateArgs(TypedDict):
    """A certificate for one host name."""

    metadata: MetadataArgs
    """How the object is named."""
    host: str
    """The host name that it is for."""
    secret: str
    """Name of the Secret that cert-manager puts it into, in the same namespace."""
    issuer: str
    """Name of the issuer, which exists."""
    issuer_kind: str
    """``ClusterIssuer``, or ``Issuer`` for one of the same namespace."""
    issuance_seconds: int
    """How long cert-manager may take before that counts as failed."""


def certificate(
    name: str, args: CertificateArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare the Certificate (cert-manager.io/v1); the engine waits until it has been issued."""
    own = args["metadata"]
    timeout = f"{args['issuance_seconds']}s"
    text = (
        f"cert-manager has not issued the certificate for {args['host']}. See that it is installed and that "
        f"its {args['issuer_kind']} {args['issuer']} exists and is ready. What it says: "
        f"kubectl describe certificate --namespace {own['namespace']} {own['object_name']}"
    )
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=metadata(own, {"pulumi.com/waitFor": "condition=Ready"}),
        spec={
            "secretName": args["secret"],
            "dnsNames": [args["host"]],
            "issuerRef": {
                "group": "cert-manager.io",
                "kind": args["issuer_kind"],
                "name": args["issuer"],
            },
        },
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=remedy(f"{name}: certificate", text),
            ),
        ),
    )
