"""Finds what an update destroys. Whatever is found here is told first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from endpoints.report.models import AliasChange, EndpointChange, Kind, Loss
from endpoints.report.preview import Inputs, Operation, Preview
from endpoints.wording import counted

_PROVIDER = "pulumi:providers:kubernetes"


@dataclass(frozen=True)
class Move:
    """The API servers that a stack's objects are at `before` and `after` the update."""

    before: str
    after: str


def read_move(preview: Preview) -> Move | None:
    """Return where the stack moves from and to, None where it stays.

    Then its provider is another one, and everything is replaced. Unlike any other replacement of what has a
    fixed name it is made first and removed then: there are two clusters for it to be in.
    """
    providers = [resource for resource in preview.resources if resource.type == _PROVIDER]
    before = [_server(found.before) for found in providers if found.operation in _GOES]
    after = [_server(found.after) for found in providers if found.operation is not Operation.DELETE]
    old, new = (next((server for server in servers if server), None) for servers in (before, after))
    return Move(old, new) if old and new and old != new else None


_GOES = (Operation.DELETE, Operation.REPLACE)


def _server(provider: Inputs | None) -> str:
    return str((provider or {}).get("clusterIdentifier", ""))


_LOST = (Operation.DELETE, Operation.REPLACE)
_KEEPS_CONTENT = ("PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition")


def losses(
    preview: Preview,
    endpoints: Sequence[EndpointChange],
    aliases: Sequence[AliasChange],
    move: Move | None,
) -> Iterator[Loss]:
    """Yield what is destroyed: namespaces, volumes, and URLs that stop answering, for a while or for good."""
    if move is not None:
        text = (
            f"the stack moves from `{move.before}` to `{move.after}`: once everything is ready "
            f"there, it is removed from `{move.before}`, which then serves nothing"
        )
        yield Loss(text, total=False)
    destroyed = {}
    for resource in preview.resources:
        if resource.kind == "Namespace" and resource.operation in _LOST:
            namespace = resource.before["metadata"]["name"] if resource.before else resource.name
            destroyed[namespace] = resource.name
            yield Loss(_of_namespace(namespace, resource.name, endpoints, aliases, move), total=True)
    for resource in preview.resources:
        if resource.kind in _KEEPS_CONTENT and resource.operation in _LOST:
            yield Loss(f"{resource.kind} `{resource.name}` is destroyed with its contents", total=False)
    inside = tuple(f"{deployment}/" for deployment in destroyed.values())
    for endpoint in endpoints:
        if Kind.REMOVED in endpoint.kinds and not endpoint.address.startswith(inside):
            yield Loss(f"`{endpoint.address}` is removed: {endpoint.url} stops answering", total=False)
        elif endpoint.is_interrupted:
            text = f"`{endpoint.address}` is replaced: {endpoint.url} does not answer meanwhile"
            yield Loss(text, total=False)
    for alias in aliases:
        if alias.operation is Operation.DELETE and not alias.address.startswith(inside):
            yield Loss(f"alias `{alias.address}` is removed: {alias.url} stops answering", total=False)


def _of_namespace(
    namespace: str,
    deployment: str,
    endpoints: Sequence[EndpointChange],
    aliases: Sequence[AliasChange],
    move: Move | None,
) -> str:
    inside = f"{deployment}/"
    lost = [endpoint for endpoint in endpoints if endpoint.address.startswith(inside) and endpoint.before]
    names = [alias for alias in aliases if alias.address.startswith(inside) and alias.before]
    pods = sum(endpoint.before.minimum for endpoint in lost if endpoint.before)
    counts = [(len(lost), "endpoint", "s"), (pods, "running pod", "s"), (len(names), "alias", "es")]
    shown = ", ".join(counted(count, word, plural) for count, word, plural in counts if count)
    where = f" of `{move.before}`" if move else ""
    return (
        f"The namespace `{namespace}`{where} is destroyed with everything in "
        f"it{f': {shown}' if shown else ''}, and objects that others created in it"
    )
