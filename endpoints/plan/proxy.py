"""Decides where a proxy stands before the server, for `access` and `cors`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from endpoints.manifest import Wsgi
from endpoints.plan.access import AccessPlan
from endpoints.plan.envoy import configuration
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.metrics import MetricsPlan
from endpoints.plan.server import HEALTH_PORT

PROXY_CONTAINER = "proxy"
"""Name of the proxy's container."""

PROXY_PORT = HEALTH_PORT + 1
"""Where the proxy listens, unless the server or its metrics have the port: then at the next one."""

REQUESTS: Mapping[str, str] = {"cpu": "50m", "memory": "96Mi"}
LIMITS: Mapping[str, str] = {"memory": "256Mi"}
"""What the proxy's container asks for. Idle, Envoy 1.40 with two threads takes 68 MiB of memory."""


@dataclass(frozen=True)
class ProxyPlan:
    """The proxy of an endpoint's pods: its image, the port that requests come to, and Envoy's configuration.

    The configuration holds the keys themselves, since Envoy compares no digests. `asks_for_keys` tells
    whether there are any.
    """

    image: str
    port: int
    configuration: SecretStr
    asks_for_keys: bool


def is_proxied(inputs: EndpointInputs) -> bool:
    """Tell whether a proxy sees to `access` and `cors`: a server that this program brings does so itself."""
    is_own = isinstance(inputs.endpoint.server, Wsgi) and inputs.endpoint_settings.image is None
    chosen = inputs.endpoint_settings
    return not is_own and (chosen.access is not None or chosen.cors is not None)


def plan_proxy(
    inputs: EndpointInputs, access: AccessPlan | None, metrics: MetricsPlan | None
) -> ProxyPlan | None:
    """Return the proxy of the endpoint's pods, None where none is needed."""
    if not is_proxied(inputs):
        return None
    chosen, server = inputs.endpoint_settings, inputs.endpoint.port
    taken = {server, None if metrics is None else metrics.port}
    port = next(port for port in range(PROXY_PORT, PROXY_PORT + len(taken) + 1) if port not in taken)
    keys = {} if access is None else access.keys
    configured = configuration(port, server, keys, chosen.cors, chosen.access_log)
    return ProxyPlan(chosen.proxy_image, port, SecretStr(json.dumps(configured)), access is not None)
