"""Finds what cannot be deployed: unsupported keys, endpoints that cannot be read, and names that collide.

Nothing that a file says is ignored. A key that becomes supported is noted here, nothing else has to change.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from endpoints.errors import Problem
from endpoints.manifest import Endpoint, Manifest
from endpoints.plan.address import Address, Alias
from endpoints.plan.models import DeploymentPlan
from endpoints.stack_file import EmbeddedCluster, IngressRouting, RoutingKind, Settings, UserCluster


def judge_malformed(
    manifest: Manifest, is_deployed: Callable[[str], bool]
) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with endpoints that are deployed, and as advice what is wrong with the others.

    Valohai refuses the whole file for one endpoint. Here a stack file says which are wanted, and what another
    one lacks is no reason to keep those from their users.
    """
    problems: list[Problem] = []
    advice: list[Problem] = []
    for name, found in manifest.malformed.items():
        if is_deployed(name):
            problems += found
        else:
            advice += (replace(problem, text=f"{problem.text} (no error: not deployed)") for problem in found)
    return problems, advice


def find_collisions(settings: Settings, deployments: Sequence[DeploymentPlan]) -> Iterator[Problem]:
    """Find addresses that have become one name in Kubernetes, in spite of the hashes in names."""
    namespaces: dict[str, str] = {}
    for index, deployment in enumerate(deployments):
        path = deployment.path
        other = namespaces.setdefault(deployment.namespace, path)
        if other != path:
            text = (
                f"{path} maps to the namespace {deployment.namespace}, already used by {other}; "
                "rename one of them"
            )
            yield settings.problem(("deployments", index, "name"), text)
        objects: dict[str, str] = {}
        served: list[Address | Alias] = [
            endpoint.address for version in deployment.versions for endpoint in version.endpoints
        ]
        for item in [*served, *deployment.aliases]:
            other = objects.setdefault(item.object_name, item.prefix)
            if other != item.prefix:
                key, kind = ("aliases", "an alias") if isinstance(item, Alias) else ("versions", "a version")
                text = (
                    f"{item.prefix} maps to the object name {item.object_name}, already used by {other}; "
                    f"rename {kind}"
                )
                yield settings.problem(("deployments", index, key), text)


def find_stripped_prefixes(
    settings: Settings, deployments: Sequence[DeploymentPlan], routing: RoutingKind
) -> Iterator[Problem]:
    """Find endpoints whose prefix is to be removed by a router that is not known to do so."""
    if routing == "gateway" or _removes_prefixes(settings):
        return
    text = (
        "strip needs a router that removes prefixes: a Gateway, or an Ingress class of Traefik or "
        "ingress-nginx on a cluster of your own. Set controller of endpoints:routing if the class is one of "
        "these, or routing: {kind: gateway, ...}, or start a proxy in the image that removes the prefix"
    )
    for deployment in deployments:
        for version in deployment.versions:
            for endpoint in version.endpoints:
                if endpoint.strips_prefix:
                    yield endpoint.layers.problem(("prefix",), text)


def _removes_prefixes(settings: Settings) -> bool:
    """Tell whether the controller of the stack's Ingresses is known to remove prefixes, and may."""
    match settings.cluster, settings.routing:
        case EmbeddedCluster(), _:
            return True
        case UserCluster(), IngressRouting() as chosen:
            return chosen.known_controller is not None
        case _:
            return False


CARRIED_OUT = frozenset(
    {
        "description",
        "files",
        "image",
        "name",
        "node-selector",
        "port",
        "resources",
        "server-command",
        "shared-volumes",
        "tolerations",
        "workspace-volume",
        "wsgi",
    }
)
"""Keys of an endpoint in valohai.yaml that have their effect. An endpoint with any other is not deployed."""

_TEXT = "is not supported yet; remove it"


def unsupported_in_manifest(manifest: Manifest, endpoint: Endpoint) -> Iterator[Problem]:
    """Find keys of an endpoint that its pods would be without."""
    for key in endpoint.key_lines:
        if key not in CARRIED_OUT:
            text = f"{_TEXT}, or do not deploy this endpoint"
            yield manifest.definition(endpoint).problem(key, text)


def unsupported_in_settings(settings: Settings) -> Iterator[Problem]:
    """Find settings of the stack that would have no effect."""
    if isinstance(settings.cluster, EmbeddedCluster):
        yield from _in_embedded_cluster(settings)


_CHOSEN = ("kind", "annotations")
"""Keys of `routing` that count on the embedded cluster."""


def _in_embedded_cluster(settings: Settings) -> Iterator[Problem]:
    """Find what is the embedded cluster's own; of routing kind and annotations may be chosen."""
    text = "is set by the embedded cluster; remove it"
    if settings.registry is not None:
        yield settings.problem(("registry",), text)
    if settings.routing is not None:
        given = settings.routing.model_dump(by_alias=True, exclude_unset=True)
        yield from (settings.problem(("routing", key), text) for key in given if key not in _CHOSEN)
