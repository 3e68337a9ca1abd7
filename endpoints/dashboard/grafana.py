"""Grafana's JSON of the dashboard.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from endpoints.cluster.names import dns_label
from endpoints.dashboard.panels import PODS_LABELS, SECTIONS, WORKLOAD_LABEL, Panel


def dashboard_config_map(dashboard: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return the ConfigMap, which Grafana's sidecar finds by its label.

    https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": dashboard["uid"],
            "namespace": namespace,
            "labels": {"grafana_dashboard": "1"},
        },
        "data": {f"{dashboard['uid']}.json": json.dumps(dashboard, indent=1)},
    }


_SCHEMA_VERSION = 39
"""Of Grafana 10.4; newer ones read it and bring it up to date."""

_UID_LIMIT = 40
_COLUMNS, _PANEL_ROWS = 24, 8
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_SCRAPED = f'up{{{PODS_LABELS["endpoint"]}!=""'
"""Prometheus has this series of every pod that it asks, and with it all labels that tell pods apart."""


def grafana_dashboard(title: str = "Endpoints", namespaces: Sequence[str] = ()) -> dict[str, Any]:
    """Return the dashboard: of the named namespaces, else of all that Prometheus knows of.

    Dashboards of one title replace each other in Grafana, which tells them apart by an identifier made of it.
    """
    return {
        "uid": dns_label(("valohai", title), _UID_LIMIT),
        "title": title,
        "tags": ["valohai"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": list(_variables(namespaces))},
        "panels": [{"id": number, **panel} for number, panel in enumerate(_panels(), 1)],
    }


def _variables(namespaces: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return what can be chosen; what comes later is narrowed down by what comes before."""
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    chosen = _SCRAPED
    if namespaces:
        yield {
            **_choice("namespace"),
            "type": "custom",
            "query": ",".join(namespaces),
        }
    else:
        yield _labels("namespace", "namespace", chosen)
    chosen += ',namespace=~"$namespace"'
    for name, label in PODS_LABELS.items():
        yield _labels(name, label, chosen)
        chosen += f',{label}=~"${name}"'
    yield {**_labels("workload", WORKLOAD_LABEL, chosen), "hide": 2}


def _labels(name: str, label: str, chosen: str) -> dict[str, Any]:
    query = f"label_values({chosen}}}, {label})"
    return {
        **_choice(name),
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        # Looked up again with each change of the time range, because pods come and go.
        "refresh": 2,
        "sort": 1,
    }


def _choice(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "multi": True,
        "includeAll": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def _panels() -> Iterator[dict[str, Any]]:
    row = 0
    for section in SECTIONS:
        yield {
            "type": "row",
            "title": section.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": row, "w": _COLUMNS, "h": 1},
        }
        width = _COLUMNS // len(section.panels)
        for column, panel in enumerate(section.panels):
            place = {"x": column * width, "y": row + 1, "w": width, "h": _PANEL_ROWS}
            yield {**_panel(panel), "gridPos": place}
        row += 1 + _PANEL_ROWS


def _panel(panel: Panel) -> dict[str, Any]:
    look: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.whole:
        look["max"] = 1
    if panel.stacked:
        look["custom"] = {"stacking": {"mode": "normal"}, "fillOpacity": 20}
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": look, "overrides": []},
        "options": {"tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
            }
            for number, query in enumerate(panel.queries)
        ],
    }
