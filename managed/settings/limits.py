"""How much of the cluster a team may use."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from endpoints.quantities import amount
from endpoints.settings import Replicas
from endpoints.settings.model import Model
from endpoints.settings.values import Count, Quantity, rule
from managed.settings.values import Device


class Resources(Model):
    """An amount of CPU and memory."""

    cpu: Quantity
    memory: Quantity


class ReplicaLimits(Model):
    """How many pods an endpoint has that asks for no number, and the most that it may ask for."""

    default: Replicas = Replicas()
    max: Count = 10

    @model_validator(mode="after")
    def _has_room_for_the_default(self) -> Self:
        low, high = self.default.min, self.default.max
        if not low <= high <= self.max:
            raise rule(
                f"the default, {low} to {high}, does not fit below max {self.max}; lower it or raise max"
            )
        return self


class Quota(Model):
    """What all pods of one deployment may use together: a ResourceQuota in each namespace.

    `requests` is what the scheduler sets aside, `limits` what pods may use at most. `storage` is for the
    volumes that pods have of their own: none, since such volumes are rare and disks fill up. `devices` has no
    default, and Kubernetes does not limit what a quota does not name: list each kind that the cluster has.
    """

    requests: Resources = Resources(cpu="8", memory="16Gi")
    limits: Resources = Resources(cpu="32", memory="32Gi")
    pods: Count = 50
    storage: Quantity = "0"
    devices: Mapping[Device, Annotated[int, Field(strict=True, ge=0)]] = Field(default_factory=dict)


class Container(Model):
    """A LimitRange in each namespace: what a container gets that asks for nothing, and the most it may have.

    A quota refuses pods without requests and limits, so that there must be defaults.
    """

    requests: Resources = Resources(cpu="100m", memory="256Mi")
    limits: Resources = Resources(cpu="2", memory="1Gi")
    max: Resources = Resources(cpu="8", memory="16Gi")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        """Refuse what Kubernetes refuses: https://kubernetes.io/docs/concepts/policy/limit-range/."""
        amounts = {"requests": self.requests, "limits": self.limits, "max": self.max}
        for lower, upper in pairwise(amounts):
            for name in Resources.model_fields:
                less, more = (str(getattr(amounts[key], name)) for key in (lower, upper))
                if (amount(less) or 0) > (amount(more) or 0):
                    raise rule(
                        f"{lower}.{name}, {less}, is above {upper}.{name}, {more}; "
                        f"lower {lower}.{name} or raise {upper}.{name}"
                    )
        return self


class Limits(Model):
    """All limits of a team's deployments."""

    replicas: ReplicaLimits = ReplicaLimits()
    quota: Quota = Quota()
    container: Container = Container()
