"""CoreDNS: the cluster's names, and everybody else's as the machine knows them."""

from pathlib import Path

from localcluster.control_plane.kubeconfigs import CONTEXT, kubeconfig_path
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok

CLUSTER_DOMAIN = "cluster.local"
DNS_LABELS = {"k8s-app": "kube-dns"}
"""What pods that answer names carry in other clusters, so that network policies find them."""
DNS_NAMESPACE, DNS_SERVICE = "kube-system", "kube-dns"
READINESS_PORT = 8181
RESOLVER_FILE = Path("/etc/resolv.conf")


def dns(layout: Layout, instance: Instance, programs: Path, resolver_file: Path = RESOLVER_FILE) -> Component:
    """Give CoreDNS, which pods reach as the Service `kube-dns` in `kube-system`."""
    readiness = f"{instance.network.loopback}:{READINESS_PORT}"
    corefile = layout.configuration / "Corefile"
    text = resolver_file.read_text() if resolver_file.exists() else ""
    return Component(
        name="coredns",
        after=("coredns programs", "objects"),
        command=(f"{programs}/coredns", f"-conf={corefile}"),
        configuration={corefile: corefile_text(layout, instance, name_servers(text))},
        # Answers once every Service of the API server is known.
        is_ready=lambda: http_ok(f"http://{readiness}/ready"),
    )


def name_servers(resolver_configuration: str) -> list[str]:
    """Read the name servers from the text of a resolv.conf."""
    lines = [line.split() for line in resolver_configuration.splitlines()]
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def corefile_text(layout: Layout, instance: Instance, upstream: list[str]) -> str:
    """Render CoreDNS' configuration.

    Without a name server of the machine, every name but the cluster's own is refused at once.
    """
    forward = f"forward . {' '.join(upstream)}" if upstream else ""
    return f""".:53 {{
    bind {instance.network.dns}
    ready {instance.network.loopback}:{READINESS_PORT}
    errors
    cache 5
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig_path(layout, "dns")} {CONTEXT}
        pods insecure
        ttl 5
        fallthrough in-addr.arpa ip6.arpa
    }}
    {forward}
}}
"""


def pod_resolver_text(instance: Instance) -> str:
    """resolv.conf of pods that ask for the node's way of resolving names (`dnsPolicy: Default`)."""
    return f"nameserver {instance.network.dns}\n"
