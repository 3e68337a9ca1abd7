"""Arguments of a smoke request."""

import base64
import hashlib
import json

from endpoints.arguments.cluster_connection import cluster_connection_arguments
from endpoints.plan import EndpointPlan, SmokeRequestPlan
from endpoints.resources.smoke_request import PodConnectionArgs, SmokeRequestArgs
from endpoints.resources.workload import WorkloadArgs
from endpoints.target import Target

_IRRELEVANT = frozenset({"description", "replicas", "timeout_seconds"})
"""What a workload has that makes no difference to an answer."""


def smoke_request_arguments(
    plan: EndpointPlan, request: SmokeRequestPlan, workload: WorkloadArgs, target: Target
) -> SmokeRequestArgs:
    """Return what is sent to the endpoint that runs as `workload` says."""
    arguments: SmokeRequestArgs = {
        "url": target.router.base_url.rstrip("/") + request.path,
        "method": request.method,
        "headers": dict(request.headers),
        "secret_headers": {name: value.get_secret_value() for name, value in request.secret_headers.items()},
        "statuses": list(request.expectation.statuses),
        "timeout_seconds": request.timeout_seconds,
        "retry_seconds": request.retry_seconds,
        "settings_digest": _digest(workload),
    }
    if request.expectation.contains is not None:
        arguments["contains"] = request.expectation.contains
    if request.body is not None:
        arguments["body"] = base64.b64encode(request.body).decode()
        arguments["body_digest"] = hashlib.sha256(request.body).hexdigest()
    if request.via == "pod":
        arguments["pod"] = _connection(plan, target)
    return arguments


def _connection(plan: EndpointPlan, target: Target) -> PodConnectionArgs:
    return {
        "cluster": cluster_connection_arguments(target.cluster),
        "namespace": plan.address.namespace,
        "selector": plan.address.selector,
        "port": plan.port,
    }


def _digest(workload: WorkloadArgs) -> str:
    """Return a text that differs wherever the pods are to run differently."""
    relevant = {key: value for key, value in workload.items() if key not in _IRRELEVANT}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
