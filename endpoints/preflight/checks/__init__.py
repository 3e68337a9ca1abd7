"""What is judged of a cluster: each check is a pure function of intent and facts."""

from collections.abc import Callable, Iterator

from endpoints.preflight.checks.access import (
    check_access,
    check_namespaces,
    check_pull_secrets,
    check_registry,
)
from endpoints.preflight.checks.capacity import check_metrics, check_quotas, check_replicas, check_storage
from endpoints.preflight.checks.certificates import check_certificates, check_issuers
from endpoints.preflight.checks.cluster import check_admission, check_interfaces, check_moves, check_version
from endpoints.preflight.checks.edits import check_hand_edits
from endpoints.preflight.checks.nodes import check_architecture, check_devices, check_nodes
from endpoints.preflight.checks.overrides import check_overrides
from endpoints.preflight.checks.routing import (
    check_collisions,
    check_controller,
    check_gateway,
    check_ingress_class,
)
from endpoints.preflight.facts import Facts, Finding, Intent

CHECKS: tuple[Callable[[Intent, Facts], Iterator[Finding]], ...] = (
    check_version,
    check_access,
    check_namespaces,
    check_pull_secrets,
    check_moves,
    check_interfaces,
    check_ingress_class,
    check_controller,
    check_gateway,
    check_certificates,
    check_issuers,
    check_collisions,
    check_overrides,
    check_admission,
    check_quotas,
    check_replicas,
    check_storage,
    check_metrics,
    check_nodes,
    check_hand_edits,
    check_architecture,
    check_devices,
    check_registry,
)
