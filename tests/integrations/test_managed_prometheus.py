"""Prometheus reaches pods of a managed cluster once its manager says where it runs, and not before."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.requests import request
from tests.cluster.managed.conftest import (
    TeamOnCluster,
    managing_settings,
    team_on_cluster,
    team_settings,
)
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import team_of
from tests.integrations.companions import scrape_jobs
from tests.integrations.companions.prometheus import NAMESPACE as MONITORING
from tests.integrations.companions.prometheus import Prometheus

pytestmark = pytest.mark.integrations

ORGANIZATION = "scraped"
NAMESPACE = f"{ORGANIZATION}-cards-production"
CHOSEN = f'{{namespace="{NAMESPACE}",valohai_com_endpoint="answer"}}'


@pytest.fixture(scope="module")
def cards(
    prometheus: Prometheus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ManagingStack, TeamOnCluster]]:
    """Deploy a team's annotated endpoint on a cluster whose manager says nothing of monitoring."""
    directory = tmp_path_factory.mktemp("scraped")
    managing = ManagingStack(directory / "managing", ORGANIZATION)
    managing.configure(**managing_settings(ORGANIZATION, teams=[team_of(ORGANIZATION)]))
    with ExitStack() as afterwards:
        afterwards.callback(managing.destroy)
        managing.up()
        team = team_on_cluster(managing, directory, "cards")
        settings = team_settings(
            managing, "cards", directory / "cards-project", metrics={"scrape": "annotations"}
        )
        team.stack.configure(**settings)
        team.stack.set_secret("password", "hush")
        afterwards.callback(team.stack.destroy)
        team.stack.up()
        prometheus.start(scrape_jobs.annotated_pods())
        yield managing, team


@pytest.mark.usefixtures("cards")
def test_without_a_monitoring_namespace_prometheus_is_kept_out(prometheus: Prometheus) -> None:
    tries = f"count_over_time(up{CHOSEN}[1m])"
    wait_until(
        lambda: (prometheus.value(tries) or 0) >= 3, 60, "the annotated pod is found, and tried three times"
    )
    assert prometheus.value(f"max_over_time(up{CHOSEN}[1m])") == 0


def test_with_a_monitoring_namespace_prometheus_reads_the_pods_metrics(
    cards: tuple[ManagingStack, TeamOnCluster], prometheus: Prometheus
) -> None:
    managing, team = cards
    network = {"monitoringNamespace": MONITORING}
    managing.configure(**managing_settings(ORGANIZATION, teams=[team_of(ORGANIZATION)], network=network))
    managing.up()
    wait_until(lambda: prometheus.value(f"up{CHOSEN}") == 1, 60, "the pod's metrics are read")
    (summary,) = team.stack.outputs().values()
    assert request(summary["url"]).status == 200
    counted = f"sum(valohai_requests_total{CHOSEN})"
    wait_until(lambda: (prometheus.value(counted) or 0) > 0, 60, "the request is counted")
