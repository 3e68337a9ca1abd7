"""A certificate that cert-manager obtains, keeps in a Secret and renews."""

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.plan import DeploymentPlan
from endpoints.resources.hooks import connect, in_own_thread
from endpoints.resources.route import CERTIFICATE_SECRET
from endpoints.rollout.issuance import hindrance
from endpoints.stack_file import Tls
from endpoints.target import Cluster, IngressRouter, Target

ISSUANCE_SECONDS = 300
"""How long cert-manager may take: proofs by DNS need minutes."""


def certificate(
    name: str, plan: DeploymentPlan, target: Target, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource | None:
    """Declare the Certificate (cert-manager.io/v1) of the router's host, where the stack names an issuer.

    The engine waits until it has been issued. Returns None where certificates come from elsewhere.
    """
    router = target.router
    if not isinstance(router, IngressRouter) or router.tls is None or router.tls.issuer is None:
        return None
    if router.host is None:
        raise ValueError("load_settings lets no tls without host through")
    timeout = f"{ISSUANCE_SECONDS}s"
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata={
            "name": CERTIFICATE_SECRET,
            "namespace": plan.namespace,
            "labels": dict(plan.labels),
            "annotations": {"pulumi.com/waitFor": "condition=Ready"},
        },
        spec={
            "secretName": CERTIFICATE_SECRET,
            "dnsNames": [router.host],
            "issuerRef": {
                "group": "cert-manager.io",
                "kind": router.tls.issuer_kind,
                "name": router.tls.issuer,
            },
        },
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=_explained(name, plan.namespace, router.host, router.tls, target.cluster),
            ),
        ),
    )


def _explained(
    name: str, namespace: str, host: str, tls: Tls, cluster: Cluster
) -> pulumi.ResourceHookBinding:
    """Tell in one sentence why the certificate was not issued, when its creation or update fails."""

    def see() -> str | None:
        return hindrance(connect(cluster), namespace, CERTIFICATE_SECRET, tls.issuer_kind, str(tls.issuer))

    async def explain(failure: pulumi.ErrorHookArgs) -> bool:
        if failure.failed_operation != "delete":
            try:
                reason = await in_own_thread(see)
            except Exception:
                # What went wrong with looking must not hide what went wrong.
                reason = None
            why = reason or f"check that it runs and that its {tls.issuer_kind} {tls.issuer} is ready"
            pulumi.log.error(
                f"cert-manager has not issued the certificate for {host}: {why}; see `kubectl "
                f"describe certificate,certificaterequest --namespace {namespace}`"
            )
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"certificate of {name} fails", explain)])
