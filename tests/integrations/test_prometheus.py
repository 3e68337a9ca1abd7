"""Prometheus reads the metrics of a stack under load, found by annotations and by a PodMonitor.

The tests build on each other.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from endpoints.dashboard import SECTIONS, Query
from localcluster.programs.go import load_group
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import ROOT, deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.load import load
from tests.integrations.companions import object_states, scrape_jobs
from tests.integrations.companions.prometheus import Prometheus
from tests.integrations.dashboard import chosen

pytestmark = pytest.mark.integrations

NAMESPACE = "trial-measured-production"
VERSION = "20261101.0"
ENDPOINTS = ("annotated", "monitored")
"""How Prometheus finds their pods."""

EXPRESSIONS = [
    pytest.param(query, id=f"{panel.title}: {query.legend}")
    for section in SECTIONS
    for panel in section.panels
    for query in panel.queries
]

MANIFEST = "".join(
    f"""
    - endpoint:
        name: {name}
        image: python:3.11-slim
        wsgi: answer
        resources: {{cpu: {{min: 0.05, max: 0.5}}, memory: {{min: 64, max: 256}}}}
    """
    for name in ENDPOINTS
)
APPLICATION = """
    import json
    import os
    import signal
    import time

    def application(environ, start_response):
        asked = environ["QUERY_STRING"]
        if asked == "end":
            os.kill(os.getpid(), signal.SIGKILL)
        for number in range(20_000):
            number * number
        time.sleep(0.02)
        print(json.dumps({"vh_metadata": {"confidence": 0.75}}))
        status = "500 Internal Server Error" if asked == "fail" else "200 OK"
        start_response(status, [("Content-Type", "text/plain")])
        return [b"measured"]
    """


@pytest.fixture(scope="module")
def pod_monitors(connection: dict[str, Any], kubectl: Kubectl) -> None:  # noqa: ARG001 - skips where no cluster runs
    file = ROOT / "tests/fixtures/pod-monitor.crd.yaml"
    kubectl.run("apply", "--filename", str(file))
    kubectl.run("wait", "--for=condition=Established", "--filename", str(file), "--timeout=60s")


@pytest.fixture(scope="module")
def stack(
    new_stack: Callable[[str], Stack],
    pod_monitors: None,  # noqa: ARG001 - the kind that the stack uses
    tmp_path_factory: pytest.TempPathFactory,
) -> Stack:
    project = write_project(tmp_path_factory.mktemp("measured") / "project", MANIFEST, answer__py=APPLICATION)
    replicas = {"min": 1, "max": 2}
    found = deployment(
        "measured",
        project,
        annotated={"metrics": {"scrape": "annotations"}, "replicas": replicas},
        monitored={
            "metrics": {"scrape": "podMonitor", "labels": {"release": "trial"}, "intervalSeconds": 5},
            "replicas": replicas,
        },
    )
    stack = new_stack("measured")
    stack.configure(organization="trial", cluster={"kind": "embedded"}, deployments=[found])
    stack.up()
    return stack


@pytest.fixture(scope="module")
def urls(stack: Stack) -> dict[str, str]:
    """URLs by the endpoints' names."""
    return {address.rpartition("/")[2]: summary["url"] for address, summary in stack.outputs().items()}


@pytest.fixture(scope="module")
def scraped(
    stack: Stack,  # noqa: ARG001 - its PodMonitor says what is scraped
    prometheus: Prometheus,
    kubectl: Kubectl,
    connection: dict[str, Any],
) -> Iterator[Prometheus]:
    """Let Prometheus find the stack's pods, its containers and its objects."""
    (monitor,) = kubectl.get("podmonitors", NAMESPACE)
    assert monitor["metadata"]["labels"]["release"] == "trial"
    machine = connection["router"]["sourceRanges"][0].partition("/")[0]
    with object_states.served(kubectl, NAMESPACE, machine) as states:
        prometheus.start(
            scrape_jobs.annotated_pods(),
            scrape_jobs.monitored_pods(monitor),
            scrape_jobs.containers(),
            scrape_jobs.objects(states),
        )
        yield prometheus


@pytest.fixture(scope="module")
def loaded(urls: dict[str, str], scraped: Prometheus) -> Iterator[Prometheus]:
    """Send requests to both endpoints while the tests run, five minutes at most."""
    with load(urls["annotated"], connections=2, rate=10), load(urls["monitored"], connections=2, rate=10):
        for url in urls.values():
            request(f"{url}?fail")
        yield scraped


def test_the_release_that_is_pinned_runs(scraped: Prometheus) -> None:
    pinned = load_group(ROOT / "tools/prometheus").definitions
    assert scraped.version() == pinned["github.com/prometheus/common/version.Version"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoints_pods_are_found_and_answer(scraped: Prometheus, kubectl: Kubectl, endpoint: str) -> None:
    series = f'up{{namespace="{NAMESPACE}",valohai_com_endpoint="{endpoint}"}}'
    wait_until(lambda: scraped.value(f"min({series})") == 1, 60, f"pods of {endpoint} are scraped")
    (found,) = scraped.query(series)
    (monitor,) = kubectl.get("podmonitors", NAMESPACE)
    jobs = {"annotated": "kubernetes-pods", "monitored": f"{NAMESPACE}/{monitor['metadata']['name']}"}
    labels = found["metric"]
    assert labels["job"] == jobs[endpoint]
    assert labels["pod"].startswith(f"{endpoint}-")
    assert {name: labels[f"valohai_com_{name}"] for name in ("project", "deployment", "version")} == {
        "project": "measured",
        "deployment": "production",
        "version": VERSION,
    }


def test_only_the_endpoints_own_ports_are_scraped(scraped: Prometheus) -> None:
    pods = [target for target in scraped.targets() if target["labels"].get("namespace") == NAMESPACE]
    assert {target["scrapeUrl"].rpartition(":")[2] for target in pods} == {"9464/metrics"}
    assert len(pods) == len(ENDPOINTS)


@pytest.mark.parametrize("query", EXPRESSIONS)
def test_every_expression_of_the_dashboard_has_values_under_load(loaded: Prometheus, query: Query) -> None:
    expression = chosen(loaded, NAMESPACE, query.expression)

    def values() -> list[float]:
        return [float(series["value"][1]) for series in loaded.query(expression)]

    found = wait_until(values, 120, f"there are values of {expression}", every=1.0)
    # A share of nothing is no number.
    wait_until(lambda: all(value == value for value in values()), 60, f"{found} become numbers", every=1.0)


def test_counters_outlive_the_workers_that_counted(loaded: Prometheus, urls: dict[str, str]) -> None:
    own = f'{{namespace="{NAMESPACE}",valohai_com_endpoint="monitored"}}'

    def value(expression: str) -> float:
        return loaded.value(expression) or 0

    ended = value(f"sum(valohai_worker_exits_total{own})")
    for _ in range(3):
        request(f"{urls['monitored']}?end")
    killed = f"sum(valohai_worker_exits_total{own})"
    wait_until(lambda: value(killed) >= ended + 3, 60, "Prometheus knows that workers have ended")
    answered = f"sum(valohai_requests_total{own})"
    before = value(answered)
    wait_until(lambda: value(answered) > before, 60, "their successors count on")
    for counter in ("valohai_requests_total", "valohai_request_duration_seconds_count"):
        resets = loaded.query(f"resets({counter}{own}[5m])")
        assert {series["value"][1] for series in resets} == {"0"}, counter
