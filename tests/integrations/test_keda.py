"""KEDA scales an endpoint from nothing to four pods and back, by the clock and by requests in flight.

The tests build on each other.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from endpoints.dashboard import SECTIONS
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.load import load
from tests.integrations.companions import object_states, scrape_jobs
from tests.integrations.companions.prometheus import ADDRESS, Prometheus
from tests.integrations.dashboard import chosen
from tests.integrations.figures import Figures

pytestmark = [pytest.mark.integrations, pytest.mark.usefixtures("keda")]

NAMESPACE = "trial-scaled-production"
MOST = 4
LATER = (datetime.now(UTC) + timedelta(days=100), datetime.now(UTC) + timedelta(days=101))
"""A window that opens after the tests: to KEDA the one that would open next must do so before it closes."""

MANIFEST = """
    - endpoint:
        name: wait
        image: python:3.11-slim
        wsgi: wait
        resources: {cpu: {min: 0.05}, memory: {min: 64}}
    """
APPLICATION = """
    import os
    import time

    def application(environ, start_response):
        time.sleep(0.5)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [os.environ.get("CHANGED", "first").encode()]
    """


class Scaled:
    """The endpoint's stack: what `up` is told of it, and how many pods there are."""

    def __init__(self, stack: Stack, project: Path, kubectl: Kubectl) -> None:
        self.stack = stack
        self._project = project
        self._kubectl = kubectl
        self._window = LATER
        self._environment: dict[str, str] = {}

    def up(self, *, window: tuple[datetime, datetime] | None = None, **environment: str) -> None:
        """Run `pulumi up`; what is not given stays as it was."""
        self._window = window or self._window
        self._environment |= environment
        start, end = (f"{at.minute} {at.hour} {at.day} {at.month} *" for at in self._window)
        clock = {"timezone": "Etc/UTC", "start": start, "end": end, "desiredReplicas": 1}
        chosen = f'namespace="{NAMESPACE}",valohai_com_endpoint="wait"'
        in_flight = {
            "serverAddress": ADDRESS,
            "query": f"sum(valohai_requests_in_flight{{{chosen}}})",
            "threshold": 2,
        }
        keda = {
            "scaleToZero": True,
            "idleSeconds": 10,
            "pollingSeconds": 5,
            "triggers": [
                {"type": "cron", "metadata": clock},
                {"type": "prometheus", "metadata": in_flight},
            ],
        }
        found = deployment(
            "scaled",
            self._project,
            wait={
                "replicas": {"min": 1, "max": MOST},
                "scaling": {"cpuUtilization": None, "keda": keda},
                "metrics": {"scrape": "annotations"},
                "environment": self._environment,
                "shutdown": {"preStopSeconds": 1, "gracePeriodSeconds": 10},
            },
        )
        self.stack.configure(organization="trial", cluster={"kind": "embedded"}, deployments=[found])
        self.stack.up()

    @property
    def wanted(self) -> int:
        """The Deployment's number of pods."""
        (workload,) = self._kubectl.get("deployments", NAMESPACE)
        found = workload["spec"]["replicas"]
        assert isinstance(found, int)
        return found

    @contextmanager
    def numbers_wanted(self) -> Iterator[set[int]]:
        """Look again and again until the block ends; yields every number that was wanted so far."""
        seen = {self.wanted}
        ended = Event()

        def look() -> None:
            while not ended.wait(0.3):
                seen.add(self.wanted)

        with ThreadPoolExecutor(1) as thread:
            looking = thread.submit(look)
            try:
                yield seen
            finally:
                ended.set()
            looking.result()

    @property
    def ready(self) -> int:
        (workload,) = self._kubectl.get("deployments", NAMESPACE)
        return int(workload["status"].get("readyReplicas", 0))

    @property
    def changed(self) -> str:
        """What the pods' environment says that they were changed to last."""
        (workload,) = self._kubectl.get("deployments", NAMESPACE)
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        return next((one["value"] for one in container["env"] if one["name"] == "CHANGED"), "")

    def pods(self) -> int:
        return len(self._kubectl.get("pods", NAMESPACE))

    @property
    def url(self) -> str:
        (summary,) = self.stack.outputs().values()
        return str(summary["url"])

    def await_number(self, number: int, seconds: float = 180) -> None:
        wait_until(
            lambda: self.wanted == number and self.pods() == number,
            seconds,
            f"there are {number} pods",
            every=0.5,
        )


@pytest.fixture(scope="module")
def scaled(
    new_stack: Callable[[str], Stack],
    prometheus: Prometheus,
    keda: None,  # noqa: ARG001 - its kinds are needed
    kubectl: Kubectl,
    connection: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scaled]:
    project = write_project(tmp_path_factory.mktemp("scaled") / "project", MANIFEST, wait__py=APPLICATION)
    scaled = Scaled(new_stack("scaled"), project, kubectl)
    machine = connection["router"]["sourceRanges"][0].partition("/")[0]
    with object_states.served(kubectl, NAMESPACE, machine) as states:
        prometheus.start(scrape_jobs.annotated_pods(), scrape_jobs.objects(states))
        scaled.up()
        yield scaled


def test_no_pod_runs_while_no_trigger_is_active(scaled: Scaled, kubectl: Kubectl) -> None:
    scaled.await_number(0)

    def conditions() -> dict[str, str]:
        (found,) = kubectl.get("scaledobjects.keda.sh", NAMESPACE)
        return {one["type"]: one["status"] for one in found["status"]["conditions"]}

    wait_until(lambda: conditions()["Active"] == "False", 60, "KEDA has asked the triggers")
    assert conditions()["Ready"] == "True"
    assert scaled.stack.preview() == []


def test_an_update_of_no_pods_succeeds_and_starts_none(scaled: Scaled) -> None:
    with scaled.numbers_wanted() as numbers:
        scaled.up(CHANGED="asleep")
    assert scaled.changed == "asleep"
    assert numbers == {0}
    assert scaled.pods() == 0


def test_the_clock_starts_the_first_pod(scaled: Scaled, figures: Figures) -> None:
    # A whole minute ahead, so that the window opens after the update.
    opens = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=2)
    scaled.up(window=(opens, opens + timedelta(hours=2)))
    assert scaled.wanted == 0 or datetime.now(UTC) >= opens
    wait_until(lambda: scaled.ready == 1, 240, "the first pod is ready", every=0.5)
    figures.tell(
        "KEDA's cron window, from its beginning to the first ready pod",
        datetime.now(UTC).timestamp() - opens.timestamp(),
    )
    wait_until(lambda: request(scaled.url).status == 200, 30, "the endpoint answers")
    assert scaled.wanted == 1


def test_requests_in_flight_bring_four_pods_and_an_update_keeps_them(
    scaled: Scaled, figures: Figures
) -> None:
    started = time.monotonic()
    with load(scaled.url, connections=12) as sent:
        wait_until(lambda: scaled.pods() >= 2, 180, "there is a second pod")
        figures.tell("time from load to the second pod, created", time.monotonic() - started)
        wait_until(lambda: scaled.ready >= 2, 180, "the second pod is ready")
        figures.tell("time from load to the second pod, ready", time.monotonic() - started)
        wait_until(lambda: scaled.wanted == scaled.ready == MOST, 240, "there are four pods")
        figures.tell("time from load to four pods, ready", time.monotonic() - started)
        with scaled.numbers_wanted() as numbers:
            scaled.up(CHANGED="busy")
        assert numbers == {MOST}
        assert scaled.stack.preview() == []
    assert scaled.changed == "busy"
    assert set(sent.statuses) == {200}, str(sent)


def test_the_dashboard_knows_the_autoscaler_that_keda_makes(scaled: Scaled, prometheus: Prometheus) -> None:
    assert scaled.wanted > 0
    replicas = next(panel for section in SECTIONS for panel in section.panels if panel.title == "Replicas")
    (most,) = (query.expression for query in replicas.queries if query.legend == "most")
    assert prometheus.value(chosen(prometheus, NAMESPACE, most)) == MOST


def test_no_pod_is_left_once_the_load_and_the_window_have_ended(scaled: Scaled, figures: Figures) -> None:
    scaled.up(window=LATER)
    with figures.timed("KEDA, from the end of the window to no pod (idleSeconds: 10)"):
        scaled.await_number(0)
