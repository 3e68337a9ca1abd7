"""A certificate that cert-manager obtains, keeps in a Secret and renews."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.cluster.api import Api
from endpoints.resources.cluster_connection import ClusterConnectionArgs, connect
from endpoints.resources.identity import MetadataArgs, metadata
from endpoints.resources.own_thread import in_own_thread
from endpoints.rollout.issuance import hindrance


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
    connection: ClusterConnectionArgs
    """Where to look for what keeps it from being issued."""


def certificate(
    name: str, args: CertificateArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare the Certificate (cert-manager.io/v1); the engine waits until it has been issued."""
    own = args["metadata"]
    timeout = f"{args['issuance_seconds']}s"
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
                hooks=_explained(name, args),
            ),
        ),
    )


def _explained(name: str, args: CertificateArgs) -> pulumi.ResourceHookBinding:
    """Tell in one sentence why the certificate was not issued, when its creation or update fails."""
    own = args["metadata"]

    def see() -> str | None:
        api = Api(connect(args["connection"]))
        return hindrance(api, own["namespace"], own["object_name"], args["issuer_kind"], args["issuer"])

    async def explain(failure: pulumi.ErrorHookArgs) -> bool:
        if failure.failed_operation != "delete":
            try:
                reason = await in_own_thread(see)
            except Exception:
                # What went wrong with looking must not hide what went wrong.
                reason = None
            pulumi.log.error(_sentence(args, reason))
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"certificate of {name} fails", explain)])


def _sentence(args: CertificateArgs, reason: str | None) -> str:
    own = args["metadata"]
    why = reason or f"see that it runs and that its {args['issuer_kind']} {args['issuer']} is ready"
    return (
        f"cert-manager has not issued the certificate for {args['host']}: {why}; all that it says: "
        f"`kubectl describe certificate,certificaterequest --namespace {own['namespace']}`"
    )
