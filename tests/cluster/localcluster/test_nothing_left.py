"""What `down` leaves behind: nothing."""

import pytest

from tests.cluster.localcluster.cluster import Cluster, await_true, web_server
from tests.cluster.localcluster.machine import pid_namespace, processes_in, traces

pytestmark = pytest.mark.cluster


def test_down_leaves_no_trace_but_the_state_and_purge_not_even_that(cluster: Cluster) -> None:
    before = traces(cluster.layout)
    assert not before.processes
    cluster.succeed("up")
    cluster.apply(*web_server("hello"))
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")
    during = traces(cluster.layout)
    assert during.interfaces
    assert during.control_groups
    namespace = pid_namespace(cluster.pids()["node"])
    assert any("containerd-shim" in command for command in processes_in(namespace))
    assert during.mounts == before.mounts
    assert during.packet_filter == before.packet_filter
    assert during.forwarding == before.forwarding

    cluster.succeed("down")
    assert traces(cluster.layout) == before
    assert processes_in(namespace) == []
    assert not cluster.layout.connection.exists()

    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server is back with the state")

    cluster.succeed("down", "--purge")
    assert traces(cluster.layout) == before
    assert not cluster.layout.state.exists()


def test_down_of_a_cluster_that_is_down_is_no_error(cluster: Cluster) -> None:
    before = traces(cluster.layout)
    cluster.succeed("down")
    assert traces(cluster.layout) == before
