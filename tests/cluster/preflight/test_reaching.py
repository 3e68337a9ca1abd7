"""Whether the cluster can be had at all: one that does not answer, one that does not let in."""

import base64
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import own_cluster, write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.preflight.conftest import MANIFEST, Look, Place, user_cluster

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-reaching")


def changed_kubeconfig(connection: dict[str, Any], file: Path, **changes: dict[str, Any]) -> Path:
    """Write the cluster's kubeconfig with other fields of its `cluster` or `user`."""
    document = yaml.safe_load(Path(connection["kubeconfig"]).read_text())
    for kind, fields in changes.items():
        for entry in document[f"{kind}s"]:
            entry[kind] = fields if kind == "user" else {**entry[kind], **fields}
    file.write_text(yaml.safe_dump(document))
    return file


def test_a_cluster_as_it_should_be_is_passed_over_in_silence(look: Look) -> None:
    seen = look()
    assert (seen.errors, seen.advice, seen.may_not_see) == ([], [], [])


def test_an_api_server_that_does_not_answer_is_named_with_its_context(
    look: Look, connection: dict[str, Any], tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{unused.getsockname()[1]}"
    file = changed_kubeconfig(connection, tmp_path / "config", cluster={"server": server})

    (error,) = look(cluster=user_cluster(connection, kubeconfig=str(file))).errors

    context = connection["context"]
    assert f"endpoints:cluster: the API server {server} of the context {context} does not answer: " in error
    assert "Connection refused" in error
    assert f"`kubectl --kubeconfig {file} --context {context} version`" in error


def test_credentials_that_are_not_accepted_are_told_from_rights_that_are_missing(
    look: Look, connection: dict[str, Any], tmp_path: Path
) -> None:
    file = changed_kubeconfig(connection, tmp_path / "config", user={"token": "ended"})
    (error,) = look(cluster=user_cluster(connection, kubeconfig=str(file))).errors
    assert "does not accept the kubeconfig's credentials; renew them" in error
    assert "ended" not in error


def login_program(file: Path, script: str) -> dict[str, Any]:
    """Return a kubeconfig's user whose login program is a shell script; none where that is empty."""
    if script:
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(file),
            "interactiveMode": "Never",
            "installHint": "Install the login program.",
        }
    }


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "",
            "gives no credentials: process returned 1. it cannot be run: No such file or directory; Ins",
        ),
        (
            "echo 'no AWS credentials' >&2; exit 255",
            "gives no credentials: process returned 255. no AWS credentials",
        ),
        ("echo hello", "gives no credentials: failed to decode process output"),
    ],
)
def test_a_login_program_that_gives_no_credentials_is_named_with_its_words(
    look: Look, connection: dict[str, Any], tmp_path: Path, script: str, told: str
) -> None:
    program = tmp_path / "login"
    file = changed_kubeconfig(connection, tmp_path / "config", user=login_program(program, script))
    (error,) = look(cluster=user_cluster(connection, kubeconfig=str(file))).errors
    assert f"the kubeconfig's login program {program} {told}" in error


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ({}, "does not accept the kubeconfig's credentials; renew them"),
        (
            {"username": "ann", "password": "s3cret"},
            "does not accept the kubeconfig's credentials; renew them",
        ),
        (
            {"auth-provider": {"name": "gcp"}},
            "the auth-provider gcp, which Kubernetes 1.26 has removed; install gke-",
        ),
        (
            {"tokenFile": "/missing/token"},
            "the kubeconfig cannot be used: [Errno 2] No such file or directory:",
        ),
    ],
)
def test_a_kubeconfig_that_logs_nobody_in_is_an_error_and_not_a_lack_of_rights(
    look: Look, connection: dict[str, Any], tmp_path: Path, user: dict[str, Any], told: str
) -> None:
    file = changed_kubeconfig(connection, tmp_path / "config", user=user)
    (error,) = look(cluster=user_cluster(connection, kubeconfig=str(file))).errors
    assert told in error
    assert "s3cret" not in error


def test_an_api_server_of_another_authority_is_not_trusted(
    look: Look, connection: dict[str, Any], tmp_path: Path
) -> None:
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    changes = {"certificate-authority-data": other}
    file = changed_kubeconfig(connection, tmp_path / "config", cluster=changes)
    (error,) = look(cluster=user_cluster(connection, kubeconfig=str(file))).errors
    assert "endpoints:cluster: the certificate of the API server " in error
    assert "is not trusted: [SSL: CERTIFICATE_VERIFY_FAILED]" in error
    assert "correct `certificate-authority` of the kubeconfig" in error


def test_a_kubeconfig_among_the_secrets_gets_in(look: Look, connection: dict[str, Any]) -> None:
    content = Path(connection["kubeconfig"]).read_text()
    cluster = user_cluster(connection, kubeconfig={"secret": "prod"})
    assert look(cluster=cluster, secrets={"prod": content}).errors == []


def test_a_preflight_that_is_off_asks_nothing(look: Look, connection: dict[str, Any], tmp_path: Path) -> None:
    file = changed_kubeconfig(connection, tmp_path / "config", cluster={"server": "https://127.0.0.1:1"})
    cluster = user_cluster(connection, kubeconfig=str(file))
    assert look(cluster=cluster, preflight="off").errors == []


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")])
def test_a_preview_and_an_update_end_with_what_is_wrong_and_nothing_is_made(
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    kubectl: Kubectl,
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    versions = [{"name": "1", "endpoints": {"greet": {}}}]
    source = write_project(tmp_path / "project", MANIFEST)
    deployment = {"project": "stopped", "name": "production", "source": str(source), "versions": versions}
    stack = new_stack("stopped")
    stack.configure(
        **own_cluster(connection, {"kind": "ingress", "ingressClass": "traefic"}), deployments=[deployment]
    )

    shown = stack.fail(*command)

    server = yaml.safe_load(Path(connection["kubeconfig"]).read_text())["clusters"][0]["cluster"]["server"]
    assert f"cluster {connection['context']}, {server}" in shown
    assert "stacks/Pulumi.trial.yaml:" in shown
    assert "endpoints:routing.ingressClass: the cluster has no IngressClass traefic" in shown
    assert "Traceback" not in shown
    assert "trial-stopped-production" not in kubectl.namespaces()
    assert "pulumi:providers:kubernetes" not in stack.state()
