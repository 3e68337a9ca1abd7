"""What a team tries against: another team, and what limits it itself."""

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
"""A Kubernetes object, or a part of one."""


@dataclass(frozen=True)
class Aim:
    """What a team needs to know to try; most of it is not even visible to it."""

    own: str
    other: str
    other_team: str
    other_prefix: str
    other_host: str
    other_pod: str
    other_workload: str
    other_secret: str
    other_image: str
    own_image: str
    own_prefix: str
    managing_stack: str
    own_quota: str = "team"

    @property
    def accounts(self) -> str:
        """The namespace of the teams' accounts."""
        return f"endpoints-teams-{self.managing_stack}"


def metadata(aim: Aim) -> Object:
    """Return the metadata of whatever the team tries to create in its own namespace."""
    return {"name": "theft", "namespace": aim.own}
