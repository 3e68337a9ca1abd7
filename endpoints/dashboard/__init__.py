"""A Grafana dashboard of endpoints: the queries, and what they look like."""

from endpoints.dashboard.grafana import dashboard_config_map, grafana_dashboard
from endpoints.dashboard.panels import SECTIONS, Panel, Query, Section

__all__ = ["SECTIONS", "Panel", "Query", "Section", "dashboard_config_map", "grafana_dashboard"]
