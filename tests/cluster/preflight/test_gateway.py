"""Gateways that are missing or closed, and listeners that do not serve."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.certificate import host_certificate
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.preflight.cluster_objects import Object, namespace, of_namespace, present
from tests.cluster.preflight.conftest import Look, Place

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-gateway")

OTHERS = f"{PLACE.organization}-others"
"""The namespace of the Gateways that these tests make."""
GATEWAY = {"name": "localcluster", "namespace": "localcluster"}


@pytest.fixture(scope="module", autouse=True)
def _has_others(kubectl: Kubectl) -> Iterator[None]:
    with present(kubectl, namespace(OTHERS)):
        yield


def gateway_of_others(kubectl: Kubectl, gateway: str, **listener: Any) -> Object:
    """Return a Gateway as the cluster's own one, with a listener of which the keywords are otherwise."""
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    spec = {**own["spec"], "listeners": [{**own["spec"]["listeners"][0], **listener}]}
    return of_namespace(own["apiVersion"], "Gateway", gateway, OTHERS, spec=spec)


def of_others(name: str, **routing: Any) -> Object:
    """Return the routing by a Gateway of that name."""
    return {"kind": "gateway", "gateway": {"name": name, "namespace": OTHERS}, **routing}


def conditions(kubectl: Kubectl, name: str) -> dict[str, str]:
    """Wait until the router has told of the Gateway's one listener; return its conditions' reasons."""

    def told() -> dict[str, str]:
        gateway = json.loads(kubectl.run("get", "gateway", name, "--namespace", OTHERS, "-o", "json"))
        listeners = gateway.get("status", {}).get("listeners", [])
        return {found["type"]: found["reason"] for listener in listeners for found in listener["conditions"]}

    return wait_until(told, 30, f"the router tells of the Gateway {name}")


def test_a_missing_gateway_is_told(look: Look) -> None:
    (error,) = look(routing={"kind": "gateway", "gateway": {**GATEWAY, "name": "public"}}).errors
    assert "routing.gateway: the cluster has no Gateway public in the namespace localcluster" in error


def test_a_missing_listener_is_told_with_those_that_there_are(look: Look, kubectl: Kubectl) -> None:
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    (error,) = look(routing={"kind": "gateway", "gateway": {**GATEWAY, "listener": "https-public"}}).errors
    assert "the Gateway localcluster of the namespace localcluster has no listener https-public; " in error
    assert all(listener["name"] in error for listener in own["spec"]["listeners"])


@pytest.mark.parametrize(
    ("allowed", "is_open"),
    [
        ({"from": "Same"}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"valohai.com/organization": "acme"}}}, False),
        (
            {
                "from": "Selector",
                "selector": {"matchLabels": {"valohai.com/organization": PLACE.organization}},
            },
            True,
        ),
        ({"from": "All"}, True),
    ],
)
def test_a_gateway_that_lets_the_routes_not_in_is_told_with_what_its_owner_can_do(
    look: Look, kubectl: Kubectl, allowed: Object, is_open: bool
) -> None:
    gateway = gateway_of_others(kubectl, "closed", allowedRoutes={"namespaces": allowed})
    with present(kubectl, gateway):
        seen = look(routing=of_others("closed"))
    if is_open:
        assert seen.errors == []
    else:
        (error,) = seen.errors
        assert (
            f"does not allow routes from the namespace {PLACE.namespace}; its owner can allow them "
            "with allowedRoutes" in error
        )


def test_a_listener_whose_certificate_is_missing_is_told_with_the_command_that_makes_it(
    look: Look, kubectl: Kubectl, connection: dict[str, Any], tmp_path: Path
) -> None:
    port = int(connection["router"]["httpsAddress"].partition(":")[2])
    tls = {"certificateRefs": [{"name": "models-tls"}]}
    gateway = gateway_of_others(kubectl, "bare", name="https", protocol="HTTPS", port=port, tls=tls)
    routing = of_others("bare", scheme="https")
    with present(kubectl, gateway):
        assert conditions(kubectl, "bare")["ResolvedRefs"] == "InvalidCertificateRef"
        (error,) = look(routing=routing).errors
        assert "routing.gateway: the listener https of the Gateway bare of the namespace " in error
        assert 'secret "models-tls" not found' in error
        made = f"kubectl create secret tls models-tls --namespace {OTHERS}"
        assert f"`{made} --cert FILE --key FILE` creates the Secret" in error
        assert f"`kubectl describe gateway --namespace {OTHERS} bare`" in error

        # What the message says to do.
        certificate = host_certificate("own.example", tmp_path)
        files = ["--cert", str(certificate.certificate), "--key", str(certificate.key)]
        kubectl.run(*made.split()[1:], *files)
        wait_until(
            lambda: conditions(kubectl, "bare")["ResolvedRefs"] == "ResolvedRefs", 30, "the router takes it"
        )
        seen = look(routing=routing)
    assert (seen.errors, seen.advice) == ([], [])


def test_a_listener_on_a_port_that_the_router_does_not_have_is_told(look: Look, kubectl: Kubectl) -> None:
    with present(kubectl, gateway_of_others(kubectl, "elsewhere", port=1234)):
        assert conditions(kubectl, "elsewhere")["Accepted"] == "PortUnavailable"
        (error,) = look(routing=of_others("elsewhere")).errors
    assert "is not ready: " in error
    assert "port 1234" in error


def test_a_gateway_that_no_router_has_taken_yet_is_a_warning(look: Look, kubectl: Kubectl) -> None:
    gateway = gateway_of_others(kubectl, "early")
    gateway["spec"]["gatewayClassName"] = "nobody"
    with present(kubectl, gateway):
        seen = look(routing=of_others("early"))
    assert seen.errors == []
    (advice,) = seen.advice
    assert "is not ready: Waiting for controller (Pending); " in advice


@pytest.mark.parametrize(("hostname", "is_taken"), [("*.example", True), ("other.example", False)])
def test_a_listener_of_another_host_is_told(
    look: Look, kubectl: Kubectl, hostname: str, is_taken: bool
) -> None:
    with present(kubectl, gateway_of_others(kubectl, "hosts", hostname=hostname)):
        conditions(kubectl, "hosts")
        errors = look(routing=of_others("hosts", host="own.example")).errors
    if is_taken:
        assert errors == []
    else:
        (error,) = errors
        assert "routing.host: the Gateway hosts of the namespace " in error
        assert (
            "has no listener for the host own.example; the hostnames of its listeners: other.example" in error
        )
