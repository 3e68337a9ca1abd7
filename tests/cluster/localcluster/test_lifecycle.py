"""Up, faults, down and up again, on a cluster of its own; each test leaves it up."""

import os
import signal
import socket

import pytest

from tests.cluster.localcluster.cluster import Cluster, await_true, web_server
from tests.cluster.localcluster.machine import pid_namespace, processes_in

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def serving(cluster: Cluster) -> None:
    """A web server whose image is named as docker.io would name it."""
    cluster.succeed("up")
    cluster.apply(*web_server("hello"))
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")


def test_up_again_starts_nothing(cluster: Cluster) -> None:
    before = cluster.pids()
    cluster.succeed("up")
    assert cluster.pids() == before
    assert len(before) == 13


def test_another_cluster_of_the_machine_has_other_addresses(cluster: Cluster) -> None:
    shared = os.environ["KUBECONFIG"]
    assert cluster.connection()["kubeconfig"] != shared
    assert cluster.connection()["router"]["url"] != "http://127.0.0.1:8080"
    assert cluster.succeed("status").count("ready") >= 13


def test_logs_and_exec_reach_the_pod(cluster: Cluster) -> None:
    assert cluster.kubectl("logs", "deployment/hello").startswith("serving\n")
    said = cluster.kubectl("exec", "deployment/hello", "--", "python", "-c", "import os; print(os.getuid())")
    assert said == "10001\n"


def test_a_pod_reaches_a_service_and_the_api_server(cluster: Cluster) -> None:
    address = cluster.kubectl("get", "service", "hello", "--output=jsonpath={.spec.clusterIP}")
    code = (
        "import socket, urllib.request\n"
        f"print(urllib.request.urlopen('http://{address}/', timeout=5).read().decode())\n"
        "socket.create_connection(('10.96.0.1', 443), 5)\n"
    )
    assert cluster.kubectl("exec", "deployment/hello", "--", "python", "-c", code) == "hello\n"


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
    assert "cannot get the image acme/nowhere:1" in finished.stdout
    assert "not found" in finished.stdout
    cluster.kubectl("delete", "deployment", "unpullable", "--cascade=foreground")


@pytest.mark.parametrize("name", ["traefik", "kubelet", "buildkitd"])
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


def test_after_everything_was_killed_up_brings_the_pods_back(cluster: Cluster) -> None:
    namespace = pid_namespace(cluster.pids()["node"])
    for pid in cluster.pids().values():
        os.kill(pid, signal.SIGKILL)
    await_true(lambda: not cluster.pids(), "every process is gone")
    await_true(lambda: not processes_in(namespace), "the pods' processes are gone with the node")
    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")


def test_a_foreign_process_on_the_routers_port_is_named_and_nothing_is_started(cluster: Cluster) -> None:
    cluster.succeed("down")
    port = int(
        cluster.layout.state.joinpath("instance.json").read_text().split('"router_port": ')[1].split(",")[0]
    )
    os.environ["LOCALCLUSTER_ROUTER_PORT"] = str(port)
    try:
        with socket.create_server(("127.0.0.1", port)):
            finished = cluster.command("up")
    finally:
        del os.environ["LOCALCLUSTER_ROUTER_PORT"]
    assert finished.returncode == 1
    assert f"port {port} of 127.0.0.1" in finished.stderr
    assert f"process {os.getpid()} (" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert cluster.pids() == {}
    cluster.succeed("up")
    await_true(lambda: cluster.http_status("/hello") == 200, "the web server answers")
