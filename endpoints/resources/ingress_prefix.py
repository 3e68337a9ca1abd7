"""How an Ingress removes the prefix: by annotations of ingress-nginx, or by Middlewares of Traefik.

Kubernetes' own fields cannot. Both match the prefix as a regular expression that ends at a slash or at the
path's end: Traefik matches characters by default, so that `/.../predict2` would become `/2`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.plan.address import Address, Alias
from endpoints.resources.http_route import REMOVED_HEADER
from endpoints.resources.metadata import metadata
from endpoints.stack_file.cluster import IngressController

_MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
_NGINX = "nginx.ingress.kubernetes.io"


def removing_annotations(
    served: Address | Alias, controller: IngressController | None, given: Mapping[str, str]
) -> dict[str, str]:
    """Return the annotations of a route that removes its prefix; ``given`` are those of the stack file."""
    if controller == "ingress-nginx":
        # https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
        return {
            **given,
            f"{_NGINX}/use-regex": "true",
            f"{_NGINX}/rewrite-target": "/$2",
            f"{_NGINX}/x-forwarded-prefix": served.prefix,
        }
    # Middlewares of the user come first: they see the path that was asked for, as at every other endpoint.
    names = [given[_MIDDLEWARES]] if given.get(_MIDDLEWARES) else []
    names += [f"{served.namespace}-{name}@kubernetescrd" for name, _ in _middlewares(served)]
    return {**given, _MIDDLEWARES: ",".join(names)}


def nginx_path(served: Address | Alias) -> str:
    """Return the path of an Ingress that ingress-nginx reads as a regular expression; group 2 is the rest."""
    return f"{_pattern(served)}(/|$)(.*)"


def removing_middlewares(
    name: str, served: Address | Alias, opts: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    """Declare the Middlewares that Traefik's annotation of the same route names."""
    return [
        kubernetes.apiextensions.CustomResource(
            f"{name}-{object_name.removeprefix(f'{served.object_name}-')}",
            api_version="traefik.io/v1alpha1",
            kind="Middleware",
            metadata={**metadata(served), "name": object_name},
            spec=spec,
            opts=opts,
        )
        for object_name, spec in _middlewares(served)
    ]


def _middlewares(served: Address | Alias) -> list[tuple[str, dict[str, Any]]]:
    """Return name and spec of each, in the order in which requests pass them.

    Not Traefik's stripPrefix: it compares characters, and adds its header to what a client sends in it.
    """
    path = {"regex": f"^{_pattern(served)}(?:/(.*))?$", "replacement": "/$1"}
    header = {"customRequestHeaders": {REMOVED_HEADER: served.prefix}}
    return [
        (f"{served.object_name}-prefix-path", {"replacePathRegex": path}),
        (f"{served.object_name}-prefix-header", {"headers": header}),
    ]


def _pattern(served: Address | Alias) -> str:
    """Return the prefix as a regular expression; of its signs only the dot has another meaning in one."""
    return served.prefix.replace(".", "[.]")
