"""Whether the prefix of an endpoint's paths can be removed: by its server's kind, and by the router."""

from collections.abc import Iterator, Sequence

from endpoints.errors import Problem
from endpoints.manifest import ServerCommand, Wsgi
from endpoints.stack_file import (
    EmbeddedCluster,
    EndpointLayers,
    EndpointSettings,
    IngressRouting,
    ManagedCluster,
    RoutingKind,
    Settings,
)
from endpoints.yaml_document import KeyPath


def unusable_stripping(
    server: Wsgi | ServerCommand, chosen: EndpointSettings
) -> Iterator[tuple[KeyPath, str]]:
    """Find a server that knows the prefix of each request, and would lose it: the setting, and what to do."""
    if chosen.prefix == "strip" and isinstance(server, Wsgi):
        text = (
            "is strip, which is for server-command: the server of wsgi knows the prefix, and without it "
            "links and redirects would leave the endpoint; remove it, or set prefix: keep here"
        )
        yield ("prefix",), text


def check_stripping(
    settings: Settings, stripping: Sequence[EndpointLayers], routing: RoutingKind
) -> Iterator[Problem]:
    """Find endpoints whose prefix the router cannot remove; `stripping` are those that want it.

    Every Gateway can. Ingresses have no field for it, so that it takes what only some controllers know.
    """
    text = _hindrance(settings, routing)
    if text is not None:
        yield from (layers.problem(("prefix",), text) for layers in stripping)


def _hindrance(settings: Settings, routing: RoutingKind) -> str | None:
    """Return why the router removes no prefix, and what to do; None if it does."""
    if routing == "gateway" or isinstance(settings.cluster, EmbeddedCluster):
        return None
    if isinstance(settings.cluster, ManagedCluster):
        return (
            "is strip, and on a managed cluster with Ingresses no team may change paths; ask for a Gateway, "
            "or start a proxy in the same image that removes the prefix, such as nginx or Caddy"
        )
    chosen = settings.routing
    if not isinstance(chosen, IngressRouting) or chosen.known_controller is not None:
        return None
    named = f"the IngressClass {chosen.ingress_class}" if chosen.ingress_class else "the default IngressClass"
    return (
        f"is strip, and what serves {named} is not known; if it is Traefik or ingress-nginx, set controller: "
        "traefik or controller: ingress-nginx in routing; no other can remove a prefix: use a Gateway "
        "(routing: {kind: gateway}), or start a proxy in the same image, such as nginx or Caddy"
    )
