"""Decides how one endpoint runs, from its manifest and its settings."""

from collections.abc import Mapping

from endpoints.advice import exits_after_one_request
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import ServerCommand, Wsgi
from endpoints.plan.access import plan_access, plan_cors
from endpoints.plan.environment import Environment, container_environment
from endpoints.plan.image import (
    ModelFiles,
    command_script,
    find_model_files,
    plan_image,
    ready_image,
    unusable_with_a_ready_image,
)
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.metrics import MetricsPlan, plan_metrics
from endpoints.plan.models import EndpointPlan
from endpoints.plan.overrides import unusable_overrides
from endpoints.plan.placement import contradictions
from endpoints.plan.pods import (
    limits,
    plan_scaling,
    requests,
    storage,
    unusable_scaling,
    unusable_shared_memory,
)
from endpoints.plan.server import (
    ACCESS_LOG_VARIABLE,
    METRICS_VARIABLE,
    Probe,
    Serving,
    container_command,
    default_probe,
    free_health_port,
    server_environment,
)
from endpoints.plan.smoke_request import plan_smoke_request
from endpoints.plan.stripping import unusable_stripping
from endpoints.plan.unsupported import unsupported_in_manifest


def plan_endpoint(inputs: EndpointInputs) -> EndpointPlan:
    """Decide everything about an endpoint; raises ProjectError with every problem found."""
    endpoint, chosen = inputs.endpoint, inputs.endpoint_settings
    problems = list(unsupported_in_manifest(inputs.manifest, endpoint))
    ready = ready_image(inputs)
    if ready is None:
        files, file_problems = find_model_files(inputs)
    else:
        files, file_problems = ModelFiles(), list(unusable_with_a_ready_image(inputs))
    probe, probe_problems = _probe(inputs)
    scaling = plan_scaling(chosen)
    metrics, metrics_problems = plan_metrics(inputs)
    access, access_problems = plan_access(inputs)
    pages, cors_problems = plan_cors(inputs)
    smoke_request, smoke_problems = plan_smoke_request(inputs, access)
    problems += contradictions(endpoint, inputs.layers, chosen)
    problems += [*file_problems, *probe_problems, *metrics_problems, *access_problems, *cors_problems]
    problems += smoke_problems
    unusable = (
        *unusable_scaling(scaling, endpoint.resources),
        *unusable_shared_memory(chosen, endpoint.resources),
        *unusable_overrides(chosen, inputs.address),
        *unusable_stripping(endpoint.server, chosen),
    )
    problems += [inputs.problem(*found) for found in unusable]
    if problems or probe is None:
        raise ProjectError(*problems)
    limited = limits(endpoint.resources)
    environment = _environment(inputs, limited, metrics, pages)
    serving = Serving(
        chosen.probe.startup_seconds,
        chosen.keep_alive_seconds,
        chosen.shutdown,
        chosen.server,
        chosen.threads,
        chosen.client_timeout_seconds,
        chosen.worker_timeout_seconds,
        free_health_port(endpoint.port, None if metrics is None else metrics.port),
    )
    return EndpointPlan(
        address=inputs.address,
        definition=inputs.manifest.definition(endpoint),
        description=endpoint.description,
        image=ready or plan_image(inputs, files),
        takes_any_version=isinstance(endpoint.server, Wsgi),
        strips_prefix=chosen.prefix == "strip",
        command=container_command(
            endpoint.server, endpoint.port, serving, command_script(inputs) if ready else None
        ),
        environment=environment.plain,
        secret_environment=environment.secret if access is None else access.among(environment.secret),
        port=endpoint.port,
        requests=requests(endpoint.resources),
        limits=limited,
        replicas=chosen.replicas,
        scaling=scaling,
        probe=probe,
        health_port=serving.health_port if isinstance(endpoint.server, Wsgi) else None,
        node_selector=endpoint.node_selector,
        tolerations=endpoint.tolerations,
        node_affinity=chosen.node_affinity,
        storage=storage(endpoint, chosen),
        objects=chosen,
        layers=inputs.layers,
        shutdown=chosen.shutdown,
        metrics=metrics,
        timeout_seconds=chosen.timeout_seconds,
        smoke_request=smoke_request,
    )


def _environment(
    inputs: EndpointInputs,
    limited: Mapping[str, str],
    metrics: MetricsPlan | None,
    pages: Mapping[str, str],
) -> Environment:
    """Return the container's variables; the user's override the server's."""
    endpoint = inputs.endpoint
    server = server_environment(
        endpoint.server,
        inputs.address,
        endpoint.port,
        limited,
        inputs.source.commit,
        strips_prefix=inputs.endpoint_settings.prefix == "strip",
    )
    if isinstance(endpoint.server, Wsgi):
        server[ACCESS_LOG_VARIABLE] = inputs.endpoint_settings.access_log
        if metrics is not None:
            server[METRICS_VARIABLE] = str(metrics.port)
    server |= pages
    return container_environment(server, inputs.endpoint_settings.environment, inputs.settings.secrets)


def _probe(inputs: EndpointInputs) -> tuple[Probe | None, list[Problem]]:
    """Return how the server is probed; a path is below the prefix, unless the router removes that."""
    chosen = inputs.endpoint_settings.probe
    if chosen.path is not None:
        return Probe("http", inputs.path_prefix + chosen.path, chosen.startup_seconds), []
    if chosen.kind in ("tcp", "listening"):
        return Probe(chosen.kind, None, chosen.startup_seconds), []
    if chosen.kind == "http" and isinstance(inputs.endpoint.server, ServerCommand):
        text = (
            "is missing; kind: http of a server-command needs a path that the server answers, such as /health"
        )
        return None, [inputs.problem(("probe", "path"), text)]
    # A ready image does not hold the script of a probe without a connection.
    by_lookup = ready_image(inputs) is None and exits_after_one_request(inputs.endpoint.server)
    return default_probe(inputs.endpoint.server, chosen.startup_seconds, by_lookup), []
