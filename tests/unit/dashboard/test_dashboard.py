"""The dashboard is one that Grafana shows, of metrics that exist."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoints.dashboard import SECTIONS, dashboard_config_map, grafana_dashboard
from endpoints.dashboard.panels import PODS_LABELS, WORKLOAD_LABEL
from endpoints.plan.address import Address
from endpoints.serving.valohai_serving.memory import SharedMemory
from endpoints.serving.valohai_serving.page import render

KEPT = Path(__file__).parents[3] / "docs/dashboard.json"

OF_THE_CLUSTER = {
    "container_cpu_cfs_periods_total": {"namespace", "pod", "container"},
    "container_cpu_cfs_throttled_periods_total": {"namespace", "pod", "container"},
    "container_cpu_usage_seconds_total": {"namespace", "pod", "container"},
    "container_memory_working_set_bytes": {"namespace", "pod", "container"},
    "kube_deployment_spec_replicas": {"namespace", "deployment"},
    "kube_deployment_status_replicas_ready": {"namespace", "deployment"},
    "kube_horizontalpodautoscaler_spec_max_replicas": {"namespace", "horizontalpodautoscaler"},
    "kube_pod_container_resource_limits": {"namespace", "pod", "container", "resource"},
    "kube_pod_container_status_restarts_total": {"namespace", "pod", "container"},
}
"""Metrics of others with their labels.

https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
"""

EXPRESSIONS = [
    query.expression for section in SECTIONS for panel in section.panels for query in panel.queries
]


def variables(dashboard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def parsed(expression: str) -> Any:
    """Parse PromQL as Grafana would send it, with something chosen for each of its variables."""
    for name in [*variables(grafana_dashboard()), "__rate_interval"]:
        expression = expression.replace(f"${name}", "5m" if name == "__rate_interval" else "(a|b)")
    assert "$" not in expression
    return promql_parser.parse(expression)


def selectors(node: Any) -> Iterator[Any]:
    """Return what an expression selects: each a metric with the labels that it has to have."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("vector_selector", "vs", "expr", "lhs", "rhs"):
        if (inner := getattr(node, name, None)) is not None:
            yield from selectors(inner)
    for argument in getattr(node, "args", None) or ():
        yield from selectors(argument)


def of_the_launcher() -> dict[str, set[str]]:
    """Return the metrics of a server that has served something, with their labels."""
    memory = SharedMemory()
    block = memory.take()
    assert block is not None
    block.threads = 4
    block.begin()
    block.finish("GET", 200, 0.1)
    block.observe("confidence", 0.5)
    metrics: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(render(memory)):
        for sample in family.samples:
            metrics.setdefault(sample.name, set()).update(sample.labels)
    return metrics


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_is_promql_of_metrics_and_labels_that_exist(expression: str) -> None:
    of_pods = {"namespace", "pod", *PODS_LABELS.values()}
    known = {name: labels | of_pods for name, labels in of_the_launcher().items()} | OF_THE_CLUSTER
    found = list(selectors(parsed(expression)))
    assert found
    for selector in found:
        assert {matcher.name for matcher in selector.matchers.matchers} <= known[selector.name]


def test_every_metric_of_a_mistake_would_be_found() -> None:
    (selector,) = selectors(parsed('sum(rate(valohai_request_total{colour="red"}[5m])) / 2'))
    assert selector.name not in of_the_launcher()
    assert {matcher.name for matcher in selector.matchers.matchers} == {"colour"}


def test_variables_go_by_labels_that_pods_have() -> None:
    pods = {
        label.replace(".", "_").replace("/", "_") for label in Address("a", "b", "c", "1", "greet").labels
    }
    assert {*PODS_LABELS.values(), WORKLOAD_LABEL} <= pods
    for variable in variables(grafana_dashboard()).values():
        if variable["type"] == "query":
            query, _, label = variable["definition"].removeprefix("label_values(").rpartition(", ")
            (selector,) = selectors(parsed(query))
            assert selector.name == "up"
            assert label.removesuffix(")") in pods | {"namespace"}


def test_panels_fill_rows_without_a_gap_and_none_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    panels = grafana_dashboard()["panels"]
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    width, height = (1 + max(cell[axis] for cell in taken) for axis in (0, 1))
    assert (width, len(taken)) == (24, width * height)
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_panel_is_explained_and_every_query_has_a_name_of_its_own() -> None:
    panels = [panel for panel in grafana_dashboard()["panels"] if panel["type"] != "row"]
    assert len(panels) == sum(len(section.panels) for section in SECTIONS)
    for panel in panels:
        assert panel["description"].endswith(".")
        assert [target["refId"] for target in panel["targets"]] == ["A", "B", "C"][: len(panel["targets"])]


def test_the_dashboard_of_a_stack_has_its_namespaces_alone() -> None:
    dashboard = grafana_dashboard("Endpoints of acme, prod", ["acme-a", "acme-b"])
    namespace = variables(dashboard)["namespace"]
    assert (namespace["type"], namespace["query"]) == ("custom", "acme-a,acme-b")
    assert dashboard["uid"] != grafana_dashboard()["uid"]
    assert len(dashboard["uid"]) <= 40


def test_a_config_map_holds_the_dashboard_for_grafanas_sidecar() -> None:
    dashboard = grafana_dashboard()
    described = dashboard_config_map(dashboard, "monitoring")
    assert described["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert described["metadata"]["namespace"] == "monitoring"
    ((name, text),) = described["data"].items()
    assert name.endswith(".json")
    assert json.loads(text) == dashboard


def test_the_dashboard_in_the_documentation_is_current() -> None:
    assert json.loads(KEPT.read_text()) == grafana_dashboard(), (
        "python -m endpoints dashboard > docs/dashboard.json"
    )
