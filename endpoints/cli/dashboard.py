"""`dashboard`: prints a Grafana dashboard, or the ConfigMap that brings it into Grafana."""

import argparse
import json
from pathlib import Path

from endpoints.cli.arguments import read_stack_file
from endpoints.dashboard import dashboard_config_map, grafana_dashboard
from endpoints.plan.address import deployment_namespace
from endpoints.stack_file.files import stack_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="STACK_FILE",
        help="show only this stack's deployments (default: all in Prometheus)",
    )
    parser.add_argument(
        "--config-map",
        metavar="NAMESPACE",
        help="print a ConfigMap in this namespace, for Grafana's sidecar",
    )


def run(options: argparse.Namespace) -> int:
    """Print JSON, which is what Grafana imports and kubectl applies."""
    found = grafana_dashboard() if options.file is None else grafana_dashboard(*_of_stack(options.file))
    printed = found if options.config_map is None else dashboard_config_map(found, options.config_map)
    print(json.dumps(printed, indent=2))
    return 0


def _of_stack(file: Path) -> tuple[str, list[str]]:
    """Return the dashboard's title and the namespaces that it is of."""
    settings = read_stack_file(file)
    organization = settings.organization
    namespaces = {
        deployment_namespace(organization, deployment.project, deployment.name): None
        for deployment in settings.deployments
    }
    return f"Endpoints of {organization}, {stack_name(file)}", list(namespaces)
