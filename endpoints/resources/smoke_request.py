"""The request that an endpoint must answer before aliases may lead to it."""

import hashlib
import json
from typing import Any

import pulumi

from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.image.dockerfile import USER_ID
from endpoints.plan import EndpointPlan
from endpoints.plan.server import listening_command
from endpoints.plan.smoke_request import SmokeRequest
from endpoints.resources.hooks import connect, in_own_thread
from endpoints.rollout.smoke_request import PodTransport, RouterTransport, Transport, check
from endpoints.target import Target


def smoke_request(
    name: str,
    plan: EndpointPlan,
    target: Target,
    serves: dict[str, pulumi.Input[object]],
    certificate: pulumi.CustomResource | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare that the plan's request, if any, was answered as expected by what ``serves``.

    The engine's own Stash holds in the state what was sent to whom, and each time that differs it sends the
    request again before it notes the new one. So an unchanged update sends nothing, and after a failed one
    the next begins with the request. ``opts`` should make it wait for workload and route; without the
    ``certificate``, if there is one, the router cannot answer.
    """
    request = plan.smoke_request
    if request is None:
        return

    async def send(_: pulumi.ResourceHookArgs) -> None:
        if pulumi.runtime.is_dry_run():
            sent = f"{request.method} {request.url(target.router.base_url)}"
            pulumi.log.info(
                f"{name}: smoke request of the update: {sent}, expected: {request.expectation}",
                opts.parent,
            )
        else:
            await in_own_thread(lambda: check(name, request, _transport(plan, request, target)))

    hook = pulumi.ResourceHook(f"smoke request of {name}", send, pulumi.ResourceHookOptions(on_dry_run=True))
    described = _described(plan, request, target)
    if certificate is not None:
        described["certificate"] = certificate.id
    pulumi.Stash(
        f"{name}/smoke-request",
        input={"request": described, "serves": serves},
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
            ),
        ),
    )


def _transport(plan: EndpointPlan, request: SmokeRequest, target: Target) -> Transport:
    base_url, address = target.router.base_url, plan.address
    if request.via == "router":
        return RouterTransport(base_url)
    port = plan.port if plan.proxy is None else plan.proxy.port
    return PodTransport(base_url, connect(target.cluster), address.namespace, address.selector, port)


def _described(plan: EndpointPlan, request: SmokeRequest, target: Target) -> dict[str, pulumi.Input[object]]:
    """Return what the state holds of the request; with secret headers in it all of it is encrypted."""
    described: dict[str, pulumi.Input[object]] = {
        "url": request.url(target.router.base_url),
        "method": request.method,
        "headers": dict(request.headers),
        "status": list(request.expectation.statuses),
        "settings": _settings_digest(plan),
        "via": request.via,
    }
    if request.expectation.contains is not None:
        described["contains"] = request.expectation.contains
    if request.body is not None:
        described["body"] = f"sha256:{hashlib.sha256(request.body).hexdigest()}"
    if request.secret_headers:
        secret = {key: value.get_secret_value() for key, value in request.secret_headers.items()}
        described["secretHeaders"] = pulumi.Output.secret(secret)
    return described


def _settings_digest(plan: EndpointPlan) -> str:
    """Return a string that changes whenever the pods will run differently: the request is then sent again.

    Another form of what is digested would send the request of every existing stack again.
    """
    probe: dict[str, Any] = {"kind": plan.probe.kind, "startup_seconds": plan.probe.startup_seconds}
    if plan.probe.path is not None:
        probe["path"] = plan.probe.path
    if plan.probe.kind == "listening":
        probe |= {"kind": "exec", "command": list(listening_command(plan.port))}
    settings: dict[str, Any] = {
        "service_account": SERVICE_ACCOUNT,
        "command": list(plan.command),
        "port": plan.port,
        "environment": dict(plan.environment),
        "requests": dict(plan.requests),
        "limits": dict(plan.limits),
        "probe": probe,
        "node_selector": dict(plan.node_selector),
        "tolerations": [_given(vars(toleration)) for toleration in plan.tolerations],
        "volumes": [
            _given({**vars(volume), "size": f"{volume.size}Gi" if volume.size is not None else None})
            for volume in plan.storage.volumes
        ],
        "mounts": [_given(vars(mount)) for mount in plan.storage.mounts],
        "user": USER_ID,
        "shutdown_delay_seconds": plan.shutdown.pre_stop_seconds,
        "grace_seconds": plan.shutdown.grace_period_seconds,
    }
    if plan.metrics is not None:
        settings["metrics"] = {
            "port": plan.metrics.port,
            "path": plan.metrics.settings.path,
            "annotated": not plan.metrics.by_pod_monitor,
        }
    if plan.proxy is not None:
        settings["proxy"] = {"image": plan.proxy.image, "port": plan.proxy.port}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
