"""The stack's outputs: what each team's own stack reads."""

from collections.abc import Mapping
from typing import Any

import pulumi

from managed.plan import TeamPlan
from managed.plan.stack import granted_access


def team_output(
    team: TeamPlan, entry: Mapping[str, Any], token: pulumi.Output[str], expires: pulumi.Output[str]
) -> pulumi.Output[dict[str, object]]:
    """Return one team's output, a secret as a whole; `entry` is the cluster's in the kubeconfig."""

    def put_together(access: tuple[str, str]) -> dict[str, object]:
        return {**team.grant, "access": granted_access(entry, team.name, *access)}

    return pulumi.Output.secret(
        pulumi.Output.all(token, expires).apply(lambda both: put_together(tuple(both)))
    )
