"""Before a server of others, `access` and `cors` put a proxy that no request to the Service goes around."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.recording import Recording

KEY = "partner-0123456789-s73577357"
SECRET = "kubernetes:core/v1:Secret"
WORKLOAD = "kubernetes:apps/v1:Deployment"
NAME = "acme-digits-production.greet-20261101-0-9a71a15d.proxy"
ACCESS: dict[str, Any] = {"kind": "apiKeys", "keys": {"partner": {"secret": "key"}}}


@pytest.fixture
def declared(project: Path, declare: Configure) -> Callable[..., Recording]:
    """Declare the `server-command` greet with these settings."""

    def run(**settings: Any) -> Recording:
        deployment = {
            "project": "digits",
            "name": "production",
            "source": str(project),
            "versions": [{"name": "20261101.0", "endpoints": {"greet": settings}}],
        }
        return declare(deployments=[deployment], secrets={"key": KEY})

    return run


def template(recording: Recording) -> dict[str, Any]:
    found = recording.only(WORKLOAD).inputs["spec"]["template"]
    assert isinstance(found, dict)
    return found


def test_the_proxied_workload_is_as_in_the_golden_manifest(
    declared: Callable[..., Recording], golden: Callable[[str, object], None]
) -> None:
    golden("proxied", template(declared(access=ACCESS, replicas={"min": 1, "max": 1})))


def test_the_keys_are_in_a_secret_without_a_fixed_name_and_nowhere_else(
    declared: Callable[..., Recording],
) -> None:
    recording = declared(access=ACCESS)
    secret = recording.only(SECRET)
    assert secret.name == NAME
    assert secret.inputs["immutable"] is True
    assert "name" not in secret.inputs["metadata"]
    assert rpc.is_rpc_secret(secret.inputs["stringData"])
    assert KEY in rpc.unwrap_rpc_secret(secret.inputs["stringData"])["envoy.json"]
    volume = {"name": "proxy", "secret": {"secretName": f"{NAME}-1234abcd"}}
    assert template(recording)["spec"]["volumes"] == [volume]
    assert KEY not in str([found.inputs for found in recording.resources if found is not secret])


def test_requests_come_to_the_proxy_and_probes_to_the_server(declared: Callable[..., Recording]) -> None:
    recording = declared(access=ACCESS)
    service = recording.only("kubernetes:core/v1:Service").inputs["spec"]
    (container,) = template(recording)["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert [port["targetPort"] for port in service["ports"]] == ["http"]
    assert ports == {"server": 8080, "http": 9466}
    assert {
        container[f"{kind}Probe"]["tcpSocket"]["port"] for kind in ("startup", "readiness", "liveness")
    } == {"server"}


def test_cors_alone_needs_no_keys_and_metrics_are_the_servers(declared: Callable[..., Recording]) -> None:
    metrics = {"scrape": "podMonitor", "port": 8080}
    recording = declared(cors={"origins": ["*"]}, metrics=metrics)
    assert "annotations" not in template(recording)["metadata"]
    monitor = recording.only("kubernetes:monitoring.coreos.com/v1:PodMonitor").inputs["spec"]
    assert [asked["port"] for asked in monitor["podMetricsEndpoints"]] == ["server"]


def test_overrides_reach_the_proxy_by_its_name(declared: Callable[..., Recording]) -> None:
    more = {"name": "proxy", "resources": {"limits": {"memory": "512Mi"}}}
    patch = {"spec": {"template": {"spec": {"initContainers": [more]}}}}
    (proxy,) = template(declared(access=ACCESS, overrides={"Deployment": patch}))["spec"]["initContainers"]
    assert proxy["resources"] == {
        "requests": {"cpu": "50m", "memory": "96Mi"},
        "limits": {"memory": "512Mi"},
    }
    assert proxy["restartPolicy"] == "Always"
