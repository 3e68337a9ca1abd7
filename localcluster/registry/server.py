"""The image registry: one process for the machine, which may push, one for the node, which may not."""

from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok
from localcluster.programs.system import SystemPrograms


def registries(layout: Layout, instance: Instance, system: SystemPrograms) -> list[Component]:
    """Give both registries; they serve the same files, because one process can listen on one address only."""
    return [
        _registry(layout, system, "registry", "127.0.0.1", instance.registry_port, read_only=False, after=()),
        _registry(
            layout,
            system,
            "registry-for-node",
            instance.network.host,
            instance.registry_port,
            read_only=True,
            after=("cable",),
        ),
    ]


def _registry(
    layout: Layout,
    system: SystemPrograms,
    name: str,
    address: str,
    port: int,
    *,
    read_only: bool,
    after: tuple[str, ...],
) -> Component:
    settings = layout.configuration / f"{name}.yaml"
    text = f"""version: 0.1
log:
  level: warn
  accesslog: {{disabled: true}}
storage:
  filesystem: {{rootdirectory: "{layout.state}/registry"}}
  delete: {{enabled: true}}
  maintenance:
    readonly: {{enabled: {str(read_only).lower()}}}
http:
  addr: "{address}:{port}"
"""
    return Component(
        name=name,
        after=("system programs", "preparation", *after),
        command=(f"{system.directory}/usr/bin/docker-registry", "serve", str(settings)),
        configuration={settings: text},
        environment={"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"},
        is_ready=lambda: http_ok(f"http://{address}:{port}/v2/"),
    )
