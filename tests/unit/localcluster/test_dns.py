from pathlib import Path

import pytest

from localcluster.control_plane.objects import cluster_objects
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.node.dns import corefile_text, dns, name_servers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nameserver 192.0.2.53\nnameserver 2001:db8::53\n", ["192.0.2.53", "2001:db8::53"]),
        (
            "# nameserver 192.0.2.1\nsearch example.org\noptions ndots:2\nnameserver\t192.0.2.53",
            ["192.0.2.53"],
        ),
        ("nameserver\n", []),
        ("", []),
    ],
)
def test_name_servers_are_read_as_the_system_reads_them(text: str, expected: list[str]) -> None:
    assert name_servers(text) == expected


def test_other_names_are_asked_of_the_machines_name_servers(layout: Layout, instance: Instance) -> None:
    text = corefile_text(layout, instance, ["192.0.2.53", "2001:db8::53"])
    assert "    forward . 192.0.2.53 2001:db8::53\n" in text
    assert text.startswith(".:53 {\n    bind 10.77.7.10\n")


def test_a_machine_without_a_name_server_still_has_the_clusters_names(
    layout: Layout, instance: Instance, tmp_path: Path
) -> None:
    component = dns(layout, instance, tmp_path, resolver_file=tmp_path / "nowhere")
    (text,) = component.configuration.values()
    assert "forward" not in text
    assert "kubernetes cluster.local" in text


def test_another_name_server_of_the_machine_starts_the_component_anew(
    layout: Layout, instance: Instance, tmp_path: Path
) -> None:
    resolver_file = tmp_path / "resolv.conf"
    fingerprints = set()
    for address in ("192.0.2.53", "192.0.2.54"):
        resolver_file.write_text(f"nameserver {address}\n")
        fingerprints.add(dns(layout, instance, tmp_path, resolver_file).fingerprint)
    assert len(fingerprints) == 2


def test_pods_find_the_server_by_the_usual_service(instance: Instance) -> None:
    objects = {
        (one["kind"], one["metadata"]["name"]): one for one in cluster_objects(instance, b"certificate")
    }
    service = objects["Service", "kube-dns"]
    assert service["metadata"]["labels"] == {"k8s-app": "kube-dns"}
    assert service["spec"]["clusterIP"] == "10.96.0.10"
    assert objects["EndpointSlice", "kube-dns"]["endpoints"][0]["addresses"] == ["10.77.7.10"]
