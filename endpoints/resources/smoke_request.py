"""The request that an endpoint must answer before aliases may lead to it."""

import base64
from typing import NotRequired, TypedDict

import pulumi

from endpoints.cluster.api import Api
from endpoints.plan.smoke_request import Expectation, SmokeRequest
from endpoints.resources.cluster_connection import ClusterConnectionArgs, connect
from endpoints.resources.own_thread import in_own_thread
from endpoints.rollout.smoke_request import PodWay, RouterWay, Way, check


class PodConnectionArgs(TypedDict):
    """How the API server forwards a connection to a pod."""

    cluster: ClusterConnectionArgs
    """Where the API server is."""
    namespace: str
    """The pods' namespace."""
    selector: dict[str, str]
    """Labels that find the pods."""
    port: int
    """The port that they listen on."""


class SmokeRequestArgs(TypedDict):
    """What is sent, what must come back, and what it depends on whether it is sent again."""

    url: str
    """Where it is sent; for a pod its path counts."""
    method: str
    """The method."""
    headers: dict[str, str]
    """Headers that all may read."""
    secret_headers: dict[str, str]
    """Headers whose values nobody may read."""
    body: NotRequired[str]
    """The body in base64."""
    body_digest: NotRequired[str]
    """The body's SHA-256, which stands for it in the state."""
    statuses: list[str]
    """Statuses that are right: ``204``, or ``2xx``."""
    contains: NotRequired[str]
    """A text that the answer's body must hold."""
    timeout_seconds: int
    """How long one answer may take."""
    retry_seconds: int
    """How long wrong answers are put up with."""
    settings_digest: str
    """Stands for everything else that the pods run with: another value sends the request again."""
    certificate: NotRequired[pulumi.Input[str]]
    """The certificate without which the router cannot answer."""
    pod: NotRequired[PodConnectionArgs]
    """The way right to a pod; by the router when absent."""


def smoke_request(
    name: str, args: SmokeRequestArgs, serves: dict[str, pulumi.Input[object]], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Declare that the request was answered as expected by what ``serves``; what that is goes by its values.

    The engine's own Stash holds in the state what was sent to whom, and each time that differs it sends the
    request again before it notes the new one. So an unchanged update sends nothing, and after a failed one
    the next begins with the request. ``opts`` should make it wait for workload and route.
    """

    async def send(_: pulumi.ResourceHookArgs) -> None:
        request = _request(args)
        if pulumi.runtime.is_dry_run():
            pulumi.log.info(
                f"{name}: smoke request of the update: {request} must be answered by {request.expectation}",
                opts.parent,
            )
        else:
            await in_own_thread(lambda: check(name, request, _way(args)))

    hook = pulumi.ResourceHook(f"smoke request of {name}", send, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.Stash(
        f"{name}/smoke-request",
        input={"request": _described(args), "serves": serves},
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
            ),
        ),
    )


def _request(args: SmokeRequestArgs) -> SmokeRequest:
    return SmokeRequest(
        url=args["url"],
        method=args["method"],
        headers=args["headers"],
        expectation=Expectation(args["statuses"], args.get("contains")),
        timeout_seconds=args["timeout_seconds"],
        retry_seconds=args["retry_seconds"],
        body=base64.b64decode(args["body"]) if "body" in args else None,
        secret_headers=args["secret_headers"],
    )


def _way(args: SmokeRequestArgs) -> Way:
    if "pod" not in args:
        return RouterWay()
    pod = args["pod"]
    return PodWay(Api(connect(pod["cluster"])), pod["namespace"], pod["selector"], pod["port"])


def _described(args: SmokeRequestArgs) -> dict[str, pulumi.Input[object]]:
    """Return what the state holds of the request; with secret headers in it all of it is encrypted."""
    described: dict[str, pulumi.Input[object]] = {
        "url": args["url"],
        "method": args["method"],
        "headers": args["headers"],
        "status": args["statuses"],
        "settings": args["settings_digest"],
        "via": "pod" if "pod" in args else "router",
    }
    for key in ("contains", "certificate"):
        if key in args:
            described[key] = args[key]
    if "body_digest" in args:
        described["body"] = f"sha256:{args['body_digest']}"
    if args["secret_headers"]:
        described["secretHeaders"] = pulumi.Output.secret(args["secret_headers"])
    return described
