"""Network policies and names, with real pods on the shared cluster."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcluster.layout import find_layout
from localcluster.node.network import API_SERVICE_ADDRESS
from tests.cluster.localcluster.cluster import Cluster, await_true, web_server
from tests.cluster.localcluster.isolated_pods import Place, pod, policy, service

pytestmark = pytest.mark.cluster

NOBODY_IN: dict[str, Any] = {"policyTypes": ["Ingress"]}
NOBODY_OUT: dict[str, Any] = {"policyTypes": ["Egress"]}
NAMES_ONLY = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


@dataclass(frozen=True)
class Scene:
    """A server and a friend in one namespace, a stranger in another."""

    cluster: Cluster
    home: str
    abroad: str
    server: Place
    friend: Place
    stranger: Place

    def demand(self, spec: dict[str, Any], name: str = "tested") -> None:
        """Put a policy of the home namespace in force."""
        self.cluster.apply(policy(self.home, name, spec))

    def await_attempts(self, place: Place, expected: dict[str, str]) -> None:
        """Wait until connecting from a pod to these targets comes to what is expected."""
        seen: dict[str, str] = {}

        def as_expected() -> bool:
            seen.update(zip(expected, place.attempts(*expected), strict=True))
            return seen == expected

        with contextlib.suppress(AssertionError):
            await_true(as_expected, "the rules are in force", 30)
        assert seen == expected


@pytest.fixture(scope="module")
def scene(tools_are_built: None) -> Iterator[Scene]:  # noqa: ARG001 - skips where no cluster runs
    cluster = Cluster(find_layout())
    mark = uuid.uuid4().hex[:6]
    home, abroad = f"policy-home-{mark}", f"policy-abroad-{mark}"
    names = {"server": home, "friend": home, "stranger": abroad}
    for namespace in (home, abroad):
        cluster.kubectl("create", "namespace", namespace)
    try:
        pods = [pod(namespace, name, role=name) for name, namespace in names.items()]
        cluster.apply(*pods, service(home, "server"))
        for name, namespace in names.items():
            cluster.kubectl(
                "wait", "--for=condition=Ready", f"pod/{name}", f"--namespace={namespace}", "--timeout=120s"
            )
        yield Scene(cluster, home, abroad, *(Place(cluster, names[name], name) for name in names))
    finally:
        cluster.kubectl("delete", "namespace", home, abroad, "--wait=false")


@pytest.fixture(autouse=True)
def open_again(scene: Scene) -> Iterator[None]:
    """No policy is left of the test before, and everybody reaches the server once more."""
    target = f"{scene.server.address}:8000"
    for place in (scene.friend, scene.stranger):
        scene.await_attempts(place, {target: "open"})
    yield
    for namespace in (scene.home, scene.abroad):
        scene.cluster.kubectl("delete", "networkpolicy", "--all", f"--namespace={namespace}")


def test_without_a_policy_pods_reach_each_other_by_address_by_service_and_by_name(scene: Scene) -> None:
    home, address = scene.home, scene.server.address
    service_address = scene.cluster.kubectl(
        "get", "service", "server", f"--namespace={home}", "--output=jsonpath={.spec.clusterIP}"
    )
    targets = (f"{address}:8000", f"{service_address}:80", f"server.{home}:80")
    assert scene.stranger.attempts(*targets) == ["open"] * 3


def test_names_resolve_as_in_any_cluster(scene: Scene) -> None:
    names = (
        "kubernetes.default",
        "kubernetes.default.svc.cluster.local",
        f"nobody.{scene.home}.svc.cluster.local",
    )
    assert scene.stranger.resolved(*names) == [API_SERVICE_ADDRESS, API_SERVICE_ADDRESS, "unknown"]


def test_a_new_service_has_its_name_at_once(scene: Scene) -> None:
    name = f"new-{uuid.uuid4().hex[:6]}"
    scene.cluster.apply(service(scene.home, name))
    await_true(
        lambda: scene.stranger.resolved(f"{name}.{scene.home}") != ["unknown"], "the name resolves", 15
    )


def test_a_namespace_closed_to_everybody_is_closed_to_neighbours_and_strangers(scene: Scene) -> None:
    scene.demand(NOBODY_IN)
    targets = {f"{scene.server.address}:8000": "prohibited", f"server.{scene.home}:80": "prohibited"}
    for place in (scene.friend, scene.stranger):
        scene.await_attempts(place, targets)


def test_probes_reach_pods_of_a_closed_namespace(scene: Scene) -> None:
    scene.demand({"policyTypes": ["Ingress", "Egress"]})
    scene.await_attempts(scene.stranger, {f"{scene.server.address}:8000": "prohibited"})
    scene.cluster.apply(pod(scene.home, "probed"))
    scene.cluster.kubectl(
        "wait", "--for=condition=Ready", "pod/probed", f"--namespace={scene.home}", "--timeout=60s"
    )


def test_only_the_pods_that_a_rule_selects_get_in(scene: Scene) -> None:
    rule = {"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}]}
    scene.demand({"podSelector": {"matchLabels": {"name": "server"}}, "ingress": [rule]})
    target = f"{scene.server.address}:8000"
    scene.await_attempts(scene.stranger, {target: "prohibited"})
    scene.await_attempts(scene.friend, {target: "open"})
    # The policy selects the server alone.
    scene.await_attempts(scene.stranger, {f"{scene.friend.address}:8000": "open"})


def test_a_pod_of_another_namespace_gets_in_only_where_its_namespace_is_selected(scene: Scene) -> None:
    target = f"{scene.server.address}:8000"
    stranger = {"podSelector": {"matchLabels": {"role": "stranger"}}}
    scene.demand({"ingress": [{"from": [stranger]}]})
    scene.await_attempts(scene.stranger, {target: "prohibited"})
    abroad = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": scene.abroad}}}
    scene.demand({"ingress": [{"from": [{**stranger, **abroad}]}]})
    scene.await_attempts(scene.stranger, {target: "open"})
    scene.await_attempts(scene.friend, {target: "prohibited"})


def test_a_label_that_changes_opens_and_closes(scene: Scene) -> None:
    target = f"{scene.server.address}:8000"
    scene.demand({"ingress": [{"from": [{"podSelector": {"matchLabels": {"trusted": "yes"}}}]}]})
    label = ("label", "pod", "friend", f"--namespace={scene.home}", "--overwrite")
    scene.await_attempts(scene.friend, {target: "prohibited"})
    scene.cluster.kubectl(*label, "trusted=yes")
    scene.await_attempts(scene.friend, {target: "open"})
    scene.cluster.kubectl(*label, "trusted-")
    scene.await_attempts(scene.friend, {target: "prohibited"})


def test_the_router_gets_in_by_its_address_and_nobody_else(scene: Scene) -> None:
    namespace = f"--namespace={scene.home}"
    name = f"routed-{uuid.uuid4().hex[:6]}"
    routed = web_server(name)
    for one in routed:
        one["metadata"]["namespace"] = scene.home
    scene.cluster.apply(*routed)
    await_true(lambda: scene.cluster.http_status(f"/{name}") == 200, "the router reaches the pod")
    scene.demand(NOBODY_IN)
    await_true(lambda: scene.cluster.http_status(f"/{name}") != 200, "the router is kept out", 30)
    ranges = scene.cluster.connection()["router"]["sourceRanges"]
    scene.demand({"ingress": [{"from": [{"ipBlock": {"cidr": cidr}} for cidr in ranges]}]})
    await_true(lambda: scene.cluster.http_status(f"/{name}") == 200, "the router is let in", 30)
    scene.await_attempts(scene.stranger, {f"{name}.{scene.home}:80": "prohibited"})
    scene.cluster.kubectl("delete", "deployment,service,ingress", name, namespace)


def test_a_port_is_opened_by_number_by_name_or_by_range_and_the_others_stay_closed(scene: Scene) -> None:
    address = scene.server.address
    ports: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"port": 8001}, ("prohibited", "open")),
        ({"port": "http"}, ("open", "prohibited")),
        ({"port": 7000, "endPort": 8000}, ("open", "prohibited")),
        ({"port": 8000, "protocol": "UDP"}, ("prohibited", "prohibited")),
    ]
    for port, expected in ports:
        scene.demand({"ingress": [{"ports": [port]}]})
        targets = dict(zip((f"{address}:8000", f"{address}:8001"), expected, strict=True))
        scene.await_attempts(scene.stranger, targets)


def test_a_pod_that_may_reach_nobody_reaches_neither_pods_nor_names_nor_the_machine(scene: Scene) -> None:
    scene.demand({"podSelector": {"matchLabels": {"name": "friend"}}, **NOBODY_OUT})
    targets = dict.fromkeys(
        (
            f"{scene.server.address}:8000",
            f"{scene.stranger.address}:8000",
            f"{API_SERVICE_ADDRESS}:443",
            f"{_node_address(scene)}:10250",
        ),
        "prohibited",
    )
    scene.await_attempts(scene.friend, targets)
    scene.await_attempts(scene.server, {f"{scene.stranger.address}:8000": "open"})
    assert scene.friend.resolved("kubernetes.default.svc.cluster.local.") != [API_SERVICE_ADDRESS]
    # It may still be reached.
    scene.await_attempts(scene.stranger, {f"{scene.friend.address}:8000": "open"})


def test_the_usual_rule_for_names_lets_names_out_and_nothing_else(scene: Scene) -> None:
    to_server = {"to": [{"podSelector": {"matchLabels": {"name": "server"}}}], "ports": [{"port": "http"}]}
    scene.demand({**NOBODY_OUT, "egress": [NAMES_ONLY, to_server]})
    targets = {
        f"server.{scene.home}:80": "open",
        f"{scene.server.address}:8001": "prohibited",
        f"{scene.stranger.address}:8000": "prohibited",
        f"{API_SERVICE_ADDRESS}:443": "prohibited",
    }
    scene.await_attempts(scene.friend, targets)


def test_a_pod_reaches_itself_through_its_service_whatever_the_policies(scene: Scene) -> None:
    scene.demand({"policyTypes": ["Ingress", "Egress"]})
    scene.await_attempts(scene.friend, {f"{scene.server.address}:8000": "prohibited"})
    service_address = scene.cluster.kubectl(
        "get", "service", "server", f"--namespace={scene.home}", "--output=jsonpath={.spec.clusterIP}"
    )
    scene.await_attempts(scene.server, {f"{service_address}:80": "open"})


def test_a_new_pod_of_a_closed_namespace_is_never_open(scene: Scene) -> None:
    scene.demand({"policyTypes": ["Ingress", "Egress"]})
    scene.await_attempts(scene.friend, {f"{scene.server.address}:8000": "prohibited"})
    # The first thing that it does is to try, and then it listens for whoever comes.
    hurried = (
        f"import socket\n"
        f"try: socket.create_connection(('{scene.stranger.address}', 8000), 5); print('open')\n"
        f"except OSError as error: print(error.errno)\n"
        "s = socket.create_server(('', 8765)); h = socket.create_server(('', 8000)); print('listening')\n"
        "s.settimeout(5)\n"
        "try: s.accept(); print('reached')\n"
        "except TimeoutError: print('left alone')\n"
    )
    # Addresses are given one after the other: the next ones are tried from before the pod exists.
    last = max(
        int(place.address.rpartition(".")[2]) for place in (scene.server, scene.friend, scene.stranger)
    )
    network = scene.server.address.rpartition(".")[0]
    knocking = (
        "import os, socket, time\n"
        "print('knocking'); end = time.monotonic() + 90\n"
        "while time.monotonic() < end and not os.path.exists('/tmp/enough'):\n"
        f"  for last in range({last + 1}, {last + 30}):\n"
        f"    s = socket.socket(); s.setblocking(False); s.connect_ex(('{network}.' + str(last), 8765))\n"
        "    time.sleep(0.002); s.close()\n"
    )
    process = scene.stranger.start(knocking)
    assert process.stdout is not None
    assert process.stdout.readline() == "knocking\n"
    scene.cluster.apply(pod(scene.home, "hurried", hurried))
    logs = ("logs", "hurried", f"--namespace={scene.home}")
    finished = ("get", "pod", "hurried", f"--namespace={scene.home}", "--output=jsonpath={.status.phase}")
    try:
        await_true(lambda: scene.cluster.kubectl(*finished) == "Succeeded", "the pod has waited", 90)
    finally:
        scene.stranger.run("open('/tmp/enough', 'w')")
        process.wait()
        process.stdout.close()
    assert scene.cluster.kubectl(*logs).split("\n")[:3] == ["113", "listening", "left alone"]


def test_a_connection_ends_when_its_permission_does(scene: Scene) -> None:
    talking = (
        "import socket, time\n"
        f"s = socket.create_connection(('{scene.server.address}', 8000), 5); f = s.makefile('rwb', 0)\n"
        "print('connected')\n"
        "try:\n"
        "  for _ in range(600): f.write(b'hello\\n'); assert f.readline() == b'hello\\n'; time.sleep(0.05)\n"
        "  print('never ended')\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    process = scene.friend.start(talking)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "connected\n"
        scene.demand(NOBODY_IN)
        assert process.stdout.readline() in ("ConnectionResetError\n", "ConnectionRefusedError\n")
    process.wait()


def _node_address(scene: Scene) -> str:
    path = "jsonpath={.status.addresses[?(@.type=='InternalIP')].address}"
    return scene.cluster.kubectl("get", "node", "localcluster", f"--output={path}")
