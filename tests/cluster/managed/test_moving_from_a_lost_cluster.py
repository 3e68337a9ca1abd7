"""A team moves away from a cluster that does not answer any more."""

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.localcluster.cluster import Cluster
from tests.cluster.localcluster.conftest import cluster as cluster
from tests.cluster.localcluster.conftest import tools_are_built as tools_are_built
from tests.cluster.managed.moving import change
from tests.cluster.managed.moving_team import Team
from tests.cluster.managed.moving_team import certificate as certificate
from tests.cluster.managed.moving_team import certificate_at_both as certificate_at_both
from tests.cluster.managed.moving_team import deployed as deployed
from tests.cluster.managed.moving_team import registry as registry
from tests.cluster.managed.moving_team import settings as settings
from tests.cluster.managed.moving_team import team as team

pytestmark = pytest.mark.cluster

ORGANIZATION = "moving-lost"


@pytest.mark.usefixtures("certificate_at_both")
def test_a_stack_moves_away_from_a_cluster_that_is_gone(team: Team, cluster: Cluster) -> None:
    stack = team.stack
    cluster.succeed("down")
    change(stack, cluster=team.managed.cluster)
    told = stack.fail("up", "--yes", "--skip-preview")
    assert 'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"' in told
    # The router takes a moment to follow, and the update ends at once.
    wait_until(lambda: team.managed.answers(team.alias), 20, "the alias answers on the managed cluster")
    stack.succeed("up", "--yes", "--skip-preview", PULUMI_K8S_DELETE_UNREACHABLE="true")
    assert team.managed.answers(team.alias)
    assert stack.preview() == []
