"""What is judged of a cluster: each check is a pure function of intent and facts, in a file of its own."""

from collections.abc import Callable, Iterator

from endpoints.preflight.checks.access import check_access
from endpoints.preflight.checks.admission import check_admission
from endpoints.preflight.checks.certificates import check_certificates
from endpoints.preflight.checks.collisions import check_collisions
from endpoints.preflight.checks.gateway import check_gateway
from endpoints.preflight.checks.ingress_class import check_ingress_class
from endpoints.preflight.checks.interfaces import check_interfaces
from endpoints.preflight.checks.issuers import check_issuers
from endpoints.preflight.checks.metrics import check_metrics
from endpoints.preflight.checks.moves import check_moves
from endpoints.preflight.checks.namespaces import check_namespaces
from endpoints.preflight.checks.nodes import check_nodes
from endpoints.preflight.checks.pull_secrets import check_pull_secrets
from endpoints.preflight.checks.quotas import check_quotas
from endpoints.preflight.checks.registry import check_registry
from endpoints.preflight.checks.storage import check_storage
from endpoints.preflight.checks.version import check_version
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding
from endpoints.preflight.intent import Intent

CHECKS: tuple[Callable[[Intent, Facts], Iterator[Finding]], ...] = (
    check_version,
    check_access,
    check_namespaces,
    check_pull_secrets,
    check_moves,
    check_interfaces,
    check_ingress_class,
    check_gateway,
    check_certificates,
    check_issuers,
    check_collisions,
    check_admission,
    check_quotas,
    check_storage,
    check_metrics,
    check_nodes,
    check_registry,
)
