"""Up, faults, down and up again, on a cluster of its own; each test but the last leaves it up."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.cluster.localcluster.cluster import Cluster, await_true, await_value, web_server
from tests.cluster.localcluster.machine import Traces, pid_namespace, processes_in, traces

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def untouched(cluster: Cluster) -> Traces:
    """The machine before the cluster, which then runs a web server with an image named as docker.io would."""
    before = traces(cluster.layout)
    cluster.succeed("up")
    cluster.apply(*web_server("hello"))
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")
    return before


def test_up_again_starts_nothing(cluster: Cluster) -> None:
    before = cluster.pids()
    cluster.succeed("up")
    assert cluster.pids() == before
    assert len(before) == 15


def test_another_cluster_of_the_machine_has_other_addresses(cluster: Cluster) -> None:
    shared = json.loads(Path(os.environ["LOCALCLUSTER_CONNECTION"]).read_text())
    own = cluster.connection()
    for key in ("kubeconfig", "registry", "router", "builder"):
        assert own[key] != shared[key]


def test_logs_and_exec_reach_the_pod(cluster: Cluster) -> None:
    assert cluster.kubectl("logs", "deployment/hello").startswith("serving\n")
    said = cluster.kubectl("exec", "deployment/hello", "--", "python", "-c", "import os; print(os.getuid())")
    assert said == "10001\n"


def test_a_pod_reaches_a_service_and_the_api_server(cluster: Cluster) -> None:
    address = cluster.kubectl("get", "service", "hello", "--output=jsonpath={.spec.clusterIP}")
    code = (
        "import socket, urllib.error, urllib.request\n"
        "try:\n"
        f"  print(urllib.request.urlopen('http://{address}/', timeout=5).read().decode())\n"
        "  socket.create_connection(('10.96.0.1', 443), 5)\n"
        "except urllib.error.URLError as error: print(error)\n"
    )
    # kube-proxy refuses connections until it has written its next set of rules, at most one each second.
    await_value(lambda: cluster.kubectl("exec", "deployment/hello", "--", "python", "-c", code), "hello\n")


def test_the_router_answers_503_while_an_endpoint_has_no_ready_pod_and_404_for_an_unknown_path(
    cluster: Cluster,
) -> None:
    cluster.apply(*web_server("sleeping", replicas=0))
    await_true(lambda: cluster.http_status("/sleeping") != 404, "the router knows the path")
    assert cluster.http_status("/sleeping") == 503
    assert cluster.http_status("/sleepingbeauty") == 404


def test_an_image_that_cannot_be_pulled_shows_in_the_status(cluster: Cluster) -> None:
    cluster.apply(*web_server("unpullable", image="acme/nowhere:1"))
    await_true(lambda: "acme/nowhere:1" in cluster.command("status").stdout, "the status names the image")
    finished = cluster.command("status")
    assert finished.returncode == 1
    assert "cannot pull the image acme/nowhere:1" in finished.stdout
    assert "not found" in finished.stdout
    cluster.kubectl("delete", "deployment", "unpullable", "--cascade=foreground")


@pytest.mark.parametrize("name", ["traefik", "kubelet", "buildkitd", "coredns", "network-policy"])
def test_a_component_that_has_died_is_told_and_started_again_alone(cluster: Cluster, name: str) -> None:
    before = cluster.pids()
    os.kill(before[name], signal.SIGKILL)
    await_true(lambda: name not in cluster.pids(), "the process is gone")
    finished = cluster.command("status")
    assert finished.returncode == 1
    assert any(line.split() == [name, "not", "running"] for line in finished.stdout.splitlines())
    cluster.succeed("up")
    after = cluster.pids()
    assert {other for other in before if after[other] != before[other]} == {name}
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")


def test_without_the_network_policy_agent_no_pod_starts_and_its_events_say_why(cluster: Cluster) -> None:
    os.kill(cluster.pids()["network-policy"], signal.SIGKILL)
    cluster.apply(*web_server("waiting"))
    messages = ("get", "events", "--output=jsonpath={.items[*].message}")
    complaint = "the network policy agent does not answer"
    await_true(lambda: complaint in cluster.kubectl(*messages), "an event tells why the pod waits")
    assert cluster.http_status("/waiting") == 503
    assert cluster.http_status("/hello") == 200
    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/waiting") == 200, "the pod has started")
    cluster.kubectl("delete", "deployment,service,ingress", "waiting")


def test_after_everything_was_killed_up_brings_the_pods_back(cluster: Cluster) -> None:
    namespace = pid_namespace(cluster.pids()["node"])
    for pid in cluster.pids().values():
        os.kill(pid, signal.SIGKILL)
    cluster.succeed("up")  # at once, while the kernel is still clearing up
    assert processes_in(namespace) == []
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")


def test_a_foreign_process_on_the_routers_port_is_named_and_nothing_is_started(cluster: Cluster) -> None:
    cluster.succeed("down")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finished = cluster.command("up", LOCALCLUSTER_ROUTER_PORT=str(port))
    assert finished.returncode == 1
    assert f"port {port} of 127.0.0.1" in finished.stderr
    assert f"process {os.getpid()} (" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert cluster.pids() == {}
    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")


def test_a_running_cluster_changes_no_mount_filter_rule_or_setting_of_the_machine(
    cluster: Cluster, untouched: Traces
) -> None:
    during = traces(cluster.layout)
    assert during.processes > untouched.processes
    assert len(during.interfaces) == 1
    assert during.mounts == untouched.mounts
    assert during.packet_filter == untouched.packet_filter
    assert during.forwarding == untouched.forwarding


def test_down_leaves_no_trace_but_the_state_and_purge_not_even_that(
    cluster: Cluster, untouched: Traces
) -> None:
    namespace = pid_namespace(cluster.pids()["node"])
    assert any("containerd-shim" in command for command in processes_in(namespace))

    cluster.succeed("down")
    assert traces(cluster.layout) == untouched
    assert processes_in(namespace) == []
    assert not cluster.layout.connection.exists()

    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server is back with the state")

    cluster.succeed("down", "--purge")
    assert traces(cluster.layout) == untouched
    assert not cluster.layout.state.exists()

    cluster.succeed("down")  # of nothing is no error
    assert traces(cluster.layout) == untouched
