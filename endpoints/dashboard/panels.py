"""What the dashboard shows, by queries in PromQL.

`valohai_` metrics are the launcher's (docs/observability.md), `kube_` are those of kube-state-metrics, and
`container_` of the kubelet's cAdvisor, both as every Helm chart of Prometheus has them.
"""

from dataclasses import dataclass

PODS_LABELS = {
    "project": "valohai_com_project",
    "deployment": "valohai_com_deployment",
    "version": "valohai_com_version",
    "endpoint": "valohai_com_endpoint",
}
"""The dashboard's variables, and the labels of pods, as Prometheus spells them, that hold their values."""

WORKLOAD_LABEL = "app_kubernetes_io_instance"
"""The pods' label that holds the name of the endpoint's Kubernetes Deployment."""

_OWN = ",".join(['namespace=~"$namespace"', *(f'{label}=~"${name}"' for name, label in PODS_LABELS.items())])
_WORKLOAD = 'namespace=~"$namespace",deployment=~"$workload"'
# A pod's name is its Deployment's and two more parts, without which `a-1` would be found in `a-1-2` as well.
_PODS = 'namespace=~"$namespace",pod=~"$workload-[a-z0-9]+-[a-z0-9]+",container="endpoint"'
# The autoscaler that KEDA makes has a name of its own.
_AUTOSCALER = 'namespace=~"$namespace",horizontalpodautoscaler=~"(keda-hpa-)?$workload"'
_FAILED = ',code=~"5.."'
_BY_ENDPOINT = "sum by (valohai_com_endpoint, valohai_com_version)"
_EACH = "{{valohai_com_endpoint}} {{valohai_com_version}}"


@dataclass(frozen=True)
class Query:
    """An expression of PromQL, and Grafana's template of what each of its series is called."""

    expression: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """A picture over time; `unit` is Grafana's name of it. With `whole` its axis ends at 100 %."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    whole: bool = False
    stacked: bool = False


@dataclass(frozen=True)
class Section:
    """Panels side by side below a title."""

    title: str
    panels: tuple[Panel, ...]


def _rate(metric: str, more: str = "") -> str:
    return f"rate({metric}{{{_OWN}{more}}}[$__rate_interval])"


def _quantile(share: float) -> Query:
    buckets = _rate("valohai_request_duration_seconds_bucket")
    expression = f"histogram_quantile({share}, sum by (le) ({buckets}))"
    return Query(expression, f"p{share * 100:.0f}")


SECTIONS = (
    Section(
        "Requests",
        (
            Panel(
                "Requests by status",
                "Responses of the application per second, by status code.",
                "reqps",
                (Query(f"sum by (code) ({_rate('valohai_requests_total')})", "{{code}}"),),
                stacked=True,
            ),
            Panel(
                "Requests by version",
                "Responses per second of each version: shows how an alias shares requests by weight.",
                "reqps",
                (Query(f"{_BY_ENDPOINT} ({_rate('valohai_requests_total')})", _EACH),),
                stacked=True,
            ),
            Panel(
                "Errors",
                "The share of responses with a status of 500 and above.",
                "percentunit",
                (
                    Query(
                        # Without an error there is no series to divide.
                        f"(sum({_rate('valohai_requests_total', _FAILED)}) or vector(0))"
                        f" / sum({_rate('valohai_requests_total')})",
                        "errors",
                    ),
                ),
                whole=True,
            ),
            Panel(
                "Duration",
                (
                    "Time of responses, from the parsed request to the last byte; 60 s includes "
                    "everything above."
                ),
                "s",
                tuple(_quantile(share) for share in (0.5, 0.95, 0.99)),
            ),
        ),
    ),
    Section(
        "Saturation",
        (
            Panel(
                "Busy threads",
                (
                    "The share of the pods' threads that are busy with requests; at 100 %, more "
                    "requests wait. WSGI only."
                ),
                "percentunit",
                (
                    Query(
                        f"{_BY_ENDPOINT} ({_rate('valohai_request_duration_seconds_sum')})"
                        f" / {_BY_ENDPOINT} (valohai_worker_threads{{{_OWN}}})",
                        _EACH,
                    ),
                ),
                whole=True,
            ),
            Panel(
                "Requests in flight",
                "Requests that are being processed now.",
                "short",
                (Query(f"{_BY_ENDPOINT} (valohai_requests_in_flight{{{_OWN}}})", _EACH),),
            ),
            Panel(
                "Ended processes",
                "Workers and containers that crashed, were killed or restarted.",
                "short",
                (
                    Query(
                        f"{_BY_ENDPOINT} (increase(valohai_worker_exits_total{{{_OWN}}}[$__rate_interval]))",
                        f"workers of {_EACH}",
                    ),
                    Query(
                        "sum by (pod)"
                        f" (increase(kube_pod_container_status_restarts_total{{{_PODS}}}[$__rate_interval]))",
                        "container of {{pod}}",
                    ),
                ),
            ),
        ),
    ),
    Section(
        "Pods",
        (
            Panel(
                "Replicas",
                "Desired pods, ready pods, and the maximum of the autoscaler.",
                "short",
                (
                    Query(f"sum(kube_deployment_spec_replicas{{{_WORKLOAD}}})", "wanted"),
                    Query(f"sum(kube_deployment_status_replicas_ready{{{_WORKLOAD}}})", "ready"),
                    Query(f"sum(kube_horizontalpodautoscaler_spec_max_replicas{{{_AUTOSCALER}}})", "most"),
                ),
            ),
            Panel(
                "CPU of the limit",
                "CPU use of each pod as a share of its limit; pods without a limit are not shown.",
                "percentunit",
                (
                    Query(
                        f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{_PODS}}}[$__rate_interval]))"
                        f' / sum by (pod) (kube_pod_container_resource_limits{{{_PODS},resource="cpu"}})',
                        "{{pod}}",
                    ),
                ),
                whole=True,
            ),
            Panel(
                "CPU throttling",
                (
                    "The share of scheduling periods in which a pod was throttled by its CPU limit: "
                    "responses are late."
                ),
                "percentunit",
                (
                    Query(
                        "sum by (pod)"
                        f" (rate(container_cpu_cfs_throttled_periods_total{{{_PODS}}}[$__rate_interval]))"
                        " / sum by (pod)"
                        f" (rate(container_cpu_cfs_periods_total{{{_PODS}}}[$__rate_interval]))",
                        "{{pod}}",
                    ),
                ),
                whole=True,
            ),
            Panel(
                "Memory of the limit",
                "Memory of each pod as a share of its limit; at 100 %, the pod is killed.",
                "percentunit",
                (
                    Query(
                        f"sum by (pod) (container_memory_working_set_bytes{{{_PODS}}})"
                        f' / sum by (pod) (kube_pod_container_resource_limits{{{_PODS},resource="memory"}})',
                        "{{pod}}",
                    ),
                ),
                whole=True,
            ),
        ),
    ),
    Section(
        "Metadata",
        (
            Panel(
                "Averages of vh_metadata",
                "Numbers that the application prints as vh_metadata, averaged over requests and pods.",
                "short",
                (
                    Query(
                        f"sum by (name) ({_rate('valohai_metadata_sum')})"
                        f" / sum by (name) ({_rate('valohai_metadata_count')})",
                        "{{name}}",
                    ),
                ),
            ),
            Panel(
                "Values per second",
                "How often each number of vh_metadata is printed.",
                "ops",
                (Query(f"sum by (name) ({_rate('valohai_metadata_count')})", "{{name}}"),),
            ),
        ),
    ),
)
"""The dashboard from top to bottom."""
