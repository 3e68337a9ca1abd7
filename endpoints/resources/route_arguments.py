"""What a route is, whatever it is made of."""

from typing import NotRequired, TypedDict


class BackendArgs(TypedDict):
    """A Service, in the route's namespace, and its part of the requests."""

    service: str
    """Name of the Service."""
    weight: int
    """Its part: the weight divided by the sum of the weights."""
    prefix: NotRequired[str]
    """What its server takes in place of the route's prefix; the path is passed on unchanged when absent."""


class IngressArgs(TypedDict):
    """Routes by an Ingress."""

    ingress_class: NotRequired[str]
    """The router that serves the Ingress; the cluster's default class when absent."""
    tls_secret: NotRequired[str]
    """Secret with the certificate for the host."""


class GatewayArgs(TypedDict):
    """Routes by an HTTPRoute."""

    name: str
    """Name of the Gateway."""
    namespace: str
    """Namespace of the Gateway."""
    listener: NotRequired[str]
    """The Gateway's listener that takes the route; all that may when absent."""
    request_timeout_seconds: NotRequired[int]
    """How long an answer may take; the router's own limit when absent."""
    acceptance_seconds: int
    """How long the Gateway may take to accept the route before that counts as failed."""


class RouteArgs(TypedDict):
    """What is routed, where to, and by what: either ``ingress`` or ``gateway``."""

    prefix: str
    """Path, without a trailing slash. It is matched by whole segments."""
    url: str
    """The same with scheme and host, for people."""
    host: NotRequired[str]
    """Host name that requests must have; any when absent."""
    backends: list[BackendArgs]
    """Who answers; one alone for an Ingress."""
    ingress: NotRequired[IngressArgs]
    """Route by an Ingress."""
    gateway: NotRequired[GatewayArgs]
    """Route by an HTTPRoute."""
