from ipaddress import ip_address
from typing import Any

import pytest

from localcluster.network_policy.addresses import Attachment, with_addresses
from localcluster.network_policy.objects import Pod, read_pod


def api_pod(**changes: Any) -> dict[str, Any]:
    container = {"name": "main", "ports": [{"name": "http", "containerPort": 8000, "protocol": "TCP"}]}
    content: dict[str, Any] = {
        "metadata": {"uid": "u1", "namespace": "team", "name": "web", "labels": {"app": "web"}},
        "spec": {"containers": [container]},
        "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
    }
    for part, values in changes.items():
        content[part] = {**content[part], **values}
    return content


def test_a_pod_is_read_with_both_its_addresses_and_its_named_ports() -> None:
    pod = read_pod(api_pod())
    assert pod == Pod(
        "u1",
        "team",
        "web",
        {"app": "web"},
        (ip_address("10.0.0.1"), ip_address("fd00::1")),
        {("http", "TCP"): 8000},
    )


def test_ports_of_a_sidecar_have_names_too_and_ports_without_a_name_are_left_out() -> None:
    sidecar = {
        "name": "proxy",
        "restartPolicy": "Always",
        "ports": [{"name": "admin", "containerPort": 15000}, {"containerPort": 15001}],
    }
    pod = read_pod(api_pod(spec={"initContainers": [sidecar]}))
    assert pod is not None
    assert pod.named_ports == {("http", "TCP"): 8000, ("admin", "TCP"): 15000}


def test_a_pod_that_has_not_started_has_no_address_yet() -> None:
    content = api_pod()
    del content["status"]
    pod = read_pod(content)
    assert pod is not None
    assert pod.addresses == ()


@pytest.mark.parametrize(
    "changes",
    [{"spec": {"hostNetwork": True}}, {"status": {"phase": "Succeeded"}}, {"status": {"phase": "Failed"}}],
)
def test_a_pod_on_the_hosts_network_or_at_its_end_is_none_of_the_agents(changes: dict[str, Any]) -> None:
    assert read_pod(api_pod(**changes)) is None


OLD, NEW = ip_address("10.0.0.1"), ip_address("10.0.0.2")


def named(uid: str, *addresses: Any) -> Pod:
    return Pod(uid, "team", uid, {}, addresses)


def found(pods: list[Pod], attachments: list[Attachment]) -> dict[str, tuple[Any, ...]]:
    return {pod.uid: pod.addresses for pod in with_addresses(pods, attachments)}


def test_a_pod_that_was_attached_has_its_address_before_the_api_knows_it() -> None:
    assert found([named("a")], [Attachment("a", (NEW,))]) == {"a": (NEW,)}


def test_a_pod_that_started_before_the_agent_has_the_address_that_the_api_tells() -> None:
    assert found([named("a", OLD)], []) == {"a": (OLD,)}


def test_an_address_that_was_given_to_another_pod_is_no_longer_the_old_ones() -> None:
    assert found([named("a", OLD), named("b")], [Attachment("b", (OLD,))]) == {"a": (), "b": (OLD,)}


def test_a_pod_that_was_attached_anew_has_lost_its_old_address() -> None:
    assert found([named("a", OLD)], [Attachment("a", (NEW,))]) == {"a": (NEW,)}
