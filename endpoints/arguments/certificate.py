"""Arguments of a deployment's certificate."""

from endpoints.arguments.cluster_connection import cluster_connection_arguments
from endpoints.arguments.route import CERTIFICATE_SECRET
from endpoints.plan import DeploymentPlan
from endpoints.resources.certificate import CertificateArgs
from endpoints.target import IngressRouter, Target

ISSUANCE_SECONDS = 300
"""How long cert-manager may take: proofs by DNS need minutes."""


def certificate_arguments(plan: DeploymentPlan, target: Target) -> CertificateArgs | None:
    """Return the certificate to obtain for the host, None where it comes from elsewhere or is not needed."""
    router = target.router
    if not isinstance(router, IngressRouter) or router.tls is None or router.tls.issuer is None:
        return None
    if router.host is None:
        raise ValueError("load_settings lets no tls without host through")
    return {
        "metadata": {
            "namespace": plan.namespace,
            "object_name": CERTIFICATE_SECRET,
            "labels": dict(plan.labels),
        },
        "host": router.host,
        "secret": CERTIFICATE_SECRET,
        "issuer": router.tls.issuer,
        "issuer_kind": router.tls.issuer_kind,
        "issuance_seconds": ISSUANCE_SECONDS,
        "connection": cluster_connection_arguments(target.cluster),
    }
