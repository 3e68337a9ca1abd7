"""What `status` tells: every component, the node, pods that get no image, and routes that lead nowhere."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from localcluster.control_plane import api
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_json
from localcluster.processes.launch import Launcher
from localcluster.processes.table import uptime_seconds
from localcluster.router import router_status_url

PULL_FAILURES = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
)
ROUTER_LISTS = ("routers", "services", "middlewares")


@dataclass(frozen=True)
class Finding:
    """One line of the report, and whether what it tells is as it should be."""

    healthy: bool
    text: str


def report(
    layout: Layout, instance: Instance, components: Sequence[Component], launcher: Launcher
) -> list[Finding]:
    """Ask every component, the API server and the router."""
    return [
        *component_findings(components, launcher),
        _node_finding(layout, instance),
        *pull_findings(api.get(layout, instance, "/api/v1/pods")),
        *route_findings(
            {name: http_json(f"{router_status_url(instance)}/api/http/{name}") for name in ROUTER_LISTS}
        ),
    ]


def component_findings(components: Sequence[Component], launcher: Launcher) -> Iterator[Finding]:
    """Tell of each component whether it runs, since when, and whether it does its work."""
    running = launcher.running()
    with ThreadPoolExecutor() as pool:
        readiness = dict(
            zip(
                [one.name for one in components],
                pool.map(lambda one: one.is_ready(), components),
                strict=True,
            )
        )
    for component in components:
        record = running.get(component.name)
        if record is None:
            yield Finding(False, f"{component.name:<24} not running")
            continue
        since = duration(uptime_seconds(record.process))
        ready = readiness[component.name]
        state = "ready" if ready else "NOT READY"
        text = f"{component.name:<24} pid {record.process.pid:<8} up {since:<10} {state}"
        yield Finding(ready, text)


def pull_findings(pods: Any) -> Iterator[Finding]:
    """Tell of each container that waits for an image why it does not get it; `pods` is the API's PodList."""
    for pod in (pods or {}).get("items", []):
        status = pod["status"]
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            waiting = container["state"].get("waiting", {})
            if waiting.get("reason") in PULL_FAILURES:
                place = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
                reason = f"{waiting['reason']}: {waiting.get('message', '')}"
                yield Finding(False, f"pod {place} cannot pull the image {container['image']}: {reason}")


def route_findings(lists: dict[str, Any]) -> Iterator[Finding]:
    """Tell of each route, service or middleware that the router refuses why.

    `lists` holds its API's answers by name.
    """
    for name, entries in lists.items():
        for entry in entries or []:
            if entry.get("status") == "disabled" or entry.get("error"):
                errors = entry.get("error") or ["disabled"]
                yield Finding(False, f"router: {name.removesuffix('s')} {entry['name']}: {'; '.join(errors)}")


def duration(seconds: float) -> str:
    """Render a time span in its two largest units."""
    whole = int(seconds)
    for size, unit, smaller_size, smaller in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "m"),
        (60, "m", 1, "s"),
    ):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // smaller_size:02}{smaller}"
    return f"{whole}s"


def _node_finding(layout: Layout, instance: Instance) -> Finding:
    ready, reason = api.node_condition(layout, instance)
    return Finding(ready, f"{'Kubernetes node':<24} {'Ready' if ready else f'NOT READY: {reason}'}")
