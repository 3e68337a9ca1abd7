"""A change of a team's stack on a managed cluster, for a report that compares it with what the team may use.

    python -m tests.cluster.managed.changes

writes the preview, as tests.cluster.deployments.changes does.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.deployments.changes import trimmed, write
from tests.cluster.managed.conftest import managing_settings, team_on_cluster, team_settings
from tests.cluster.managed.managing_stack import ManagingStack

ORGANIZATION = "shared-reports"


def record(directory: Path) -> None:
    """Record that a team asks for more pods."""
    managing = ManagingStack(directory / "managing", ORGANIZATION)
    managing.configure(**managing_settings(ORGANIZATION))
    with ExitStack() as afterwards:
        afterwards.callback(managing.destroy)
        managing.up()
        team = team_on_cluster(managing, directory, "cards")
        afterwards.callback(team.stack.destroy)
        team.stack.up()
        settings = team_settings(
            managing, "cards", directory / "cards-project", replicas={"min": 2, "max": 3}
        )
        team.stack.configure(**settings)
        team.stack.set_secret("password", "hush-cards")
        write("managed-more-replicas", trimmed(team.stack.preview_json(), directory))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        record(Path(temporary))
