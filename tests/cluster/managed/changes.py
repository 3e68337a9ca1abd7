"""Changes of a team's stack that have to do with a managed cluster, for reports.

    python -m tests.cluster.managed.changes

writes the previews, as tests.cluster.deployments.changes does. One is of a move from a second embedded
cluster.
"""

import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from localcluster.layout import find_layout
from tests.cluster.deployments.changes import trimmed, write
from tests.cluster.deployments.projects import deployment, own_cluster, write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.localcluster.cluster import Cluster
from tests.cluster.managed.conftest import (
    APPLICATION,
    MANIFEST,
    managing_settings,
    team_on_cluster,
    team_settings,
)
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import change, managed_place, own_place, team_of

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


def record_move(directory: Path, shared: dict[str, Any]) -> None:
    """Record that a team moves from a cluster of its own to the managed one."""
    state = directory / "state"
    cluster = Cluster(replace(find_layout(), state=state))
    managing = ManagingStack(directory / "managing", ORGANIZATION)
    managing.configure(**managing_settings(ORGANIZATION, teams=[team_of(ORGANIZATION)]))
    with ExitStack() as afterwards:
        afterwards.callback(cluster.command, "down", "--purge")
        cluster.succeed("up")
        own = own_place(cluster.connection())
        afterwards.callback(managing.destroy)
        managing.up()
        stack = Stack(directory / "cards", managing.state_directory, project="cards")
        project = write_project(directory / "cards-project", MANIFEST, answer__py=APPLICATION)
        routing = {"kind": "ingress", "ingressClass": "traefik"}
        cards = deployment("cards", project, answer={"environment": {"TEAM": "cards"}})
        settings = own_cluster(shared, routing) | {
            "organization": ORGANIZATION,
            "cluster": own.cluster,
            "registry": {"repository": f"{cluster.connection()['registry']}/cards"},
            "deployments": [cards | {"aliases": {"latest": "20261101.0"}}],
        }
        stack.configure(**settings)
        afterwards.callback(stack.destroy)
        stack.up()
        change(
            stack,
            cluster=managed_place(managing, shared).cluster,
            registry={"repository": f"{shared['registry']}/cards"},
        )
        write("managed-moved", trimmed(stack.preview_json(), directory))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        record(Path(temporary) / "replicas")
        connection = json.loads(Path(os.environ["LOCALCLUSTER_CONNECTION"]).read_text())
        record_move(Path(temporary) / "move", connection)
