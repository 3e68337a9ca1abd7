"""A user's mistake ends the program with what is wrong, and nothing is declared."""

import pulumi
import pytest

from tests.program.conftest import Configure
from tests.program.recording import run_program


def test_a_misspelt_key_is_named_with_the_nearest_known_one(declare: Configure) -> None:
    with pytest.raises(pulumi.RunError, match=r"organisation.*organization"):
        declare(organisation="acme")


def test_a_missing_context_is_told_with_the_known_ones(declare: Configure) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"tests/fixtures/kubeconfig.yaml.*'staging'.*known contexts: prod"
    ):
        declare(
            cluster={"kind": "user", "context": "staging", "kubeconfig": "tests/fixtures/kubeconfig.yaml"}
        )


def test_a_user_cluster_needs_registry_and_routing() -> None:
    with pytest.raises(pulumi.RunError, match="registry"):
        run_program(
            {
                "organization": "acme",
                "cluster": '{"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"}',  # noqa: E501
                "deployments": "[]",
            }
        )


def test_an_embedded_cluster_that_does_not_run_is_told_how_to_start(
    declare: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALCLUSTER_CONNECTION", "no-such-connection.json")
    with pytest.raises(pulumi.RunError, match=r"python -m localcluster up"):
        declare(cluster={"kind": "embedded"})
