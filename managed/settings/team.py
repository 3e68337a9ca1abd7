"""A team and what it may deploy."""

from typing import Annotated

from pydantic import Field

from endpoints.settings.model import Model
from endpoints.settings.registry import Registry
from endpoints.settings.values import HostName, Organization, PathSegment
from managed.settings.limits import Limits
from managed.settings.values import Name


class TeamDeployment(Model):
    """A deployment that the team may fill: one namespace, and every URL below its address."""

    project: PathSegment
    name: PathSegment


class Team(Model):
    """A team: `organization` and `deployments` are the addresses that it may route.

    `hosts` are the host names that it may route, the first being the default; without them that of the
    stack's `routing`. `registry` is where its images go; without it the path `<team>` of the stack's
    registry, with the stack's credentials. `limits` replace those of the stack.
    """

    name: Name
    organization: Organization
    deployments: Annotated[tuple[TeamDeployment, ...], Field(min_length=1)]
    hosts: tuple[HostName, ...] = ()
    registry: Registry | None = None
    limits: Limits | None = None
