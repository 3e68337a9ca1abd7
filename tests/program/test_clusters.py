"""How a stack reaches its cluster, and what it makes there."""

import json
import logging
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import ROOT

NAMESPACE, ACCOUNT = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:ServiceAccount"


def user_cluster(**changes: Any) -> dict[str, Any]:
    return {"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"} | changes


def test_existing_namespaces_are_used_with_the_account_that_is_in_them(declare: Configure) -> None:
    made = declare()
    assert made.of_type(NAMESPACE)
    assert made.of_type(ACCOUNT)

    used = declare(cluster=user_cluster(namespaces="existing"))

    assert used.of_type(NAMESPACE) == used.of_type(ACCOUNT) == []
    workloads = used.of_type("kubernetes:apps/v1:Deployment")
    assert workloads
    for workload in workloads:
        assert workload.inputs["metadata"]["namespace"] == "acme-digits-production"
        assert workload.inputs["spec"]["template"]["spec"]["serviceAccountName"] == "endpoints"


def test_a_secret_kubeconfig_reaches_the_engine_as_a_secret(declare: Configure) -> None:
    content = (ROOT / "tests/fixtures/kubeconfig.yaml").read_text()
    recorded = declare(
        cluster=user_cluster(kubeconfig={"secret": "access"}), secrets=json.dumps({"access": content})
    )
    inputs = recorded.only("pulumi:providers:kubernetes").inputs
    found = inputs["kubeconfig"]
    assert found != content  # but wrapped, so that the engine encrypts it
    assert content in json.dumps(found, ensure_ascii=False).encode().decode("unicode_escape")


@pytest.mark.parametrize(
    "variable",
    [
        "PULUMI_K8S_DELETE_UNREACHABLE",
        "PULUMI_K8S_ENABLE_PATCH_FORCE",
        "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    ],
)
def test_a_variable_for_one_command_is_no_change_of_the_provider(
    declare: Configure, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    usual = declare().only("pulumi:providers:kubernetes").inputs
    monkeypatch.setenv(variable, "true")
    assert declare().only("pulumi:providers:kubernetes").inputs == usual


def test_the_cluster_and_its_server_are_shown_first(
    declare: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        declare()
    assert caplog.messages[0] == "cluster prod, https://kubernetes.acme.example:6443"
