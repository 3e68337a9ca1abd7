"""Finds whether a stack moves to another cluster."""

from dataclasses import dataclass

from endpoints.preview import Inputs, Operation, Preview

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
