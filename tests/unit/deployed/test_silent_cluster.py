"""An API server that takes connections and says nothing, as behind many a broken tunnel."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from endpoints.cluster import api
from endpoints.cluster.api import Api
from endpoints.cluster.connection import open_connection
from endpoints.deployed.cluster import EndpointCluster
from endpoints.errors import ProjectError
from endpoints.plan.address import Address
from endpoints.plan.smoke_request import Expectation, SmokeRequest
from endpoints.rollout.smoke_request import NoAnswerError, PodTransport
from endpoints.target import Cluster, IngressRouter

ADDRESS = Address("acme", "digits", "production", "1", "greet")


@pytest.fixture
def silent() -> Iterator[Cluster]:
    """A cluster whose API server never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "silent", "cluster": {"server": url}}],
            "users": [{"name": "someone", "user": {}}],
            "contexts": [{"name": "silent", "context": {"cluster": "silent", "user": "someone"}}],
        }
        yield Cluster(kubeconfig=SecretStr(yaml.safe_dump(kubeconfig)), context="silent", server=url)


@pytest.fixture
def asked(silent: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EndpointCluster:
    monkeypatch.setattr(api, "TIMEOUT_SECONDS", (0.1, 0.1))
    return EndpointCluster(silent, IngressRouter(""), tmp_path)


def test_the_status_says_that_the_cluster_does_not_answer(asked: EndpointCluster) -> None:
    with pytest.raises(ProjectError, match="the cluster does not answer"):
        asked.status(ADDRESS)


def test_a_list_of_pods_is_not_waited_for_without_end(asked: EndpointCluster) -> None:
    with pytest.raises(ProjectError, match="the cluster does not answer"):
        asked.pods(ADDRESS)


def test_a_log_is_not_waited_for_without_end(asked: EndpointCluster) -> None:
    with pytest.raises(ProjectError, match="the cluster does not answer"):
        list(asked.log(ADDRESS, "greet-1", "endpoint", lines=1, follow=False, previous=False))


def test_a_smoke_request_to_a_pod_ends_in_its_time(silent: Cluster, tmp_path: Path) -> None:
    request = SmokeRequest("/", "GET", {}, Expectation(["2xx"]), 0.1, 0)
    with open_connection(silent.kubeconfig, silent.context, tmp_path, {}) as client:
        transport = PodTransport(
            "http://greet", Api(client), "acme-digits-production", {"app": "greet"}, 8000
        )

        with pytest.raises(NoAnswerError):
            transport.send(request)
