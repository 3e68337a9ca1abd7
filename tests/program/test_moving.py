"""What a stack does when its state tells that it was on another cluster, or made what others now manage."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from endpoints import program
from endpoints.preflight import Examination
from tests.program.conftest import Configure

NAMESPACE, ACCOUNT = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:ServiceAccount"
HERE, ELSEWHERE = "https://kubernetes.acme.example:6443", "https://elsewhere.example:6443"
USER = {"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"}


def state(server: str, **namespaces: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what a stack has in its state: its provider, and namespaces with their uids."""
    made = {
        f"urn:pulumi:recorded::endpoints::{NAMESPACE}::{name}": {
            "type": NAMESPACE,
            "outputs": {"metadata": {"name": name.replace("_", "-"), "uid": uid}},
        }
        for name, uid in namespaces.items()
    }
    provider = {"type": "pulumi:providers:kubernetes", "outputs": {"clusterIdentifier": server}}
    return {"urn:pulumi:recorded::endpoints::pulumi:providers:kubernetes::cluster": provider, **made}


@pytest.fixture
def nothing_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the cluster, at which the update of a stack that moves looks even without a preflight."""

    def examined(*_: object, is_update: bool) -> Examination:
        assert is_update
        return Examination()

    monkeypatch.setattr(program, "examine", examined)


@pytest.mark.usefixtures("nothing_in_the_way")
def test_another_cluster_than_before_is_told_with_what_becomes_of_the_old_one(
    declare: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        declare(own_resources=state(ELSEWHERE, acme_digits_production="1"))
    (told,) = [message for message in caplog.messages if "moves" in message]
    assert "endpoints:cluster: the stack moves from https://elsewhere.example:6443 to" in told
    assert "is removed from https://elsewhere.example:6443 once all of it is ready" in told
    assert "docs/moving.md" in told


def test_the_same_cluster_as_before_is_not_worth_a_word(
    declare: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        declare(own_resources=state(HERE, acme_digits_production="1"))
    assert not [message for message in caplog.messages if "moves" in message]


def test_a_namespace_that_somebody_else_manages_from_now_on_is_read_so_that_it_is_not_deleted(
    declare: Configure,
) -> None:
    recorded = declare(
        own_resources=state(HERE, acme_digits_production="1"), cluster=USER | {"namespaces": "existing"}
    )
    assert recorded.of_type(NAMESPACE) == recorded.of_type(ACCOUNT) == []
    assert recorded.read == [
        (NAMESPACE, "acme/digits/production", "acme-digits-production"),
        (ACCOUNT, "acme/digits/production", "acme-digits-production/endpoints"),
    ]


@pytest.mark.usefixtures("nothing_in_the_way")
@pytest.mark.parametrize(
    "left",
    [
        state(ELSEWHERE, acme_digits_production="1"),  # it is to be removed there
        state(HERE, acme_other_production="1"),
        state(HERE),
    ],
)
def test_a_namespace_that_the_stack_has_not_made_here_is_not_looked_at(
    declare: Configure, left: Mapping[str, Mapping[str, Any]]
) -> None:
    assert declare(own_resources=left, cluster=USER | {"namespaces": "existing"}).read == []


def test_a_stack_goes_on_to_make_its_own_namespaces(declare: Configure) -> None:
    recorded = declare(own_resources=state(HERE, acme_digits_production="1"))
    assert recorded.read == []
    assert len(recorded.of_type(NAMESPACE)) == 1
