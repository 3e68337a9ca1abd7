"""Prometheus' scrape jobs: what its Helm charts and the Prometheus operator would write."""

import re
from typing import Any

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def annotated_pods() -> dict[str, Any]:
    """Return the job for pods that are annotated, as the chart `prometheus` has it (`kubernetes-pods`).

    https://github.com/prometheus-community/helm-charts/blob/main/charts/prometheus/values.yaml
    """
    annotation = "__meta_kubernetes_pod_annotation_prometheus_io"
    return {
        "job_name": "kubernetes-pods",
        "honor_labels": True,
        "kubernetes_sd_configs": [{"role": "pod"}],
        "relabel_configs": [
            {"action": "keep", "source_labels": [f"{annotation}_scrape"], "regex": "true"},
            {
                "source_labels": [f"{annotation}_path"],
                "regex": "(.+)",
                "target_label": "__metrics_path__",
            },
            {
                "source_labels": [f"{annotation}_port", "__meta_kubernetes_pod_ip"],
                "regex": r"(\d+);((([0-9]+?)(\.|$)){4})",
                "replacement": "$2:$1",
                "target_label": "__address__",
            },
            {"action": "labelmap", "regex": "__meta_kubernetes_pod_label_(.+)"},
            *_pod_labels(),
            {
                "action": "drop",
                "source_labels": ["__meta_kubernetes_pod_phase"],
                "regex": "Pending|Succeeded|Failed|Completed",
            },
        ],
    }


def monitored_pods(monitor: dict[str, Any]) -> dict[str, Any]:
    """Return the job that the Prometheus operator makes of a PodMonitor with one endpoint.

    https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go
    """
    place, described = monitor["metadata"], monitor["spec"]
    (asked,) = described["podMetricsEndpoints"]
    labels = described["selector"]["matchLabels"]
    job = {
        "job_name": f"podMonitor/{place['namespace']}/{place['name']}/0",
        "honor_labels": False,
        "metrics_path": asked["path"],
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [place["namespace"]]}}],
        "relabel_configs": [
            {
                "action": "drop",
                "source_labels": ["__meta_kubernetes_pod_phase"],
                "regex": "(Failed|Succeeded)",
            },
            *(
                {
                    "action": "keep",
                    "source_labels": [
                        f"__meta_kubernetes_pod_label_{_sanitized(name)}",
                        f"__meta_kubernetes_pod_labelpresent_{_sanitized(name)}",
                    ],
                    "regex": f"({re.escape(value)});true",
                }
                for name, value in sorted(labels.items())
            ),
            {
                "action": "keep",
                "source_labels": ["__meta_kubernetes_pod_container_port_name"],
                "regex": asked["port"],
            },
            *_pod_labels(),
            *(
                {
                    "source_labels": [f"__meta_kubernetes_pod_label_{_sanitized(name)}"],
                    "regex": "(.+)",
                    "replacement": "${1}",
                    "target_label": _sanitized(name),
                }
                for name in described["podTargetLabels"]
            ),
            {"target_label": "job", "replacement": f"{place['namespace']}/{place['name']}"},
            {"target_label": "endpoint", "replacement": asked["port"]},
        ],
    }
    if "interval" in asked:
        job["scrape_interval"] = asked["interval"]
    return job


def containers() -> dict[str, Any]:
    """Return the job for the kubelet's cAdvisor, as every chart has it."""
    return {
        "job_name": "kubernetes-nodes-cadvisor",
        "scheme": "https",
        "metrics_path": "/metrics/cadvisor",
        "authorization": {"credentials_file": f"{_ACCOUNT}/token"},
        "tls_config": {"ca_file": f"{_ACCOUNT}/ca.crt"},
        "kubernetes_sd_configs": [{"role": "node"}],
    }


def objects(address: str) -> dict[str, Any]:
    """Return the job for what tells the state of Kubernetes' objects, at host and port."""
    return {
        "job_name": "kube-state-metrics",
        "honor_labels": True,
        "static_configs": [{"targets": [address]}],
    }


def _pod_labels() -> list[dict[str, Any]]:
    return [
        {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
        {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
    ]


def _sanitized(label: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", label)
