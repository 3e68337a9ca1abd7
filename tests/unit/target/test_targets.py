import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.stack_file import GatewayReference, load_settings
from endpoints.target import GatewayRouter, IngressRouter, resolve_target

KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://prod.example:6443"}}]
contexts: [{name: prod, context: {cluster: c, user: u}}]
"""


GATEWAY = {"name": "public", "namespace": "routers"}


def user_settings(**changes: Any) -> dict[str, Any]:
    return {
        "organization": "acme",
        "cluster": {"kind": "user", "context": "prod", "kubeconfig": "config"},
        "registry": {"repository": "registry.example:5000/ml"},
        "routing": {"kind": "ingress", "host": "models.example"},
        "deployments": [],
    } | changes


def no_outputs(stack: str) -> Mapping[str, object]:
    raise AssertionError(f"the stack {stack} is none of this target's business")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config").write_text(KUBECONFIG)
    return tmp_path


def test_a_user_cluster_is_known_by_its_server(root: Path) -> None:
    target = resolve_target(load_settings(user_settings(), None), root, {}, no_outputs)
    assert target.cluster.server == "https://prod.example:6443"
    assert target.cluster.context == "prod"
    assert target.registry.address == "registry.example:5000"


def in_secrets(content: str, **cluster: Any) -> dict[str, Any]:
    """Return settings with a kubeconfig among the secrets."""
    named = {"kind": "user", "context": "prod", "kubeconfig": {"secret": "access"}, **cluster}
    return user_settings(cluster=named, secrets={"access": content})


def test_a_kubeconfig_may_be_a_secret(root: Path) -> None:
    content = f"{KUBECONFIG}users: [{{name: u, user: {{token: hush}}}}]"
    cluster = resolve_target(load_settings(in_secrets(content), None), root, {}, no_outputs).cluster
    assert isinstance(cluster.kubeconfig, SecretStr)
    assert cluster.kubeconfig.get_secret_value() == content
    assert cluster.server == "https://prod.example:6443"
    assert "hush" not in repr(cluster)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            in_secrets(KUBECONFIG, context="test"),
            r"endpoints:cluster: the secret access: contexts: .*'test'; known contexts: prod",
        ),
        (
            in_secrets("{token: hush"),
            r"endpoints:cluster: the secret access: this is not a readable kubeconfig",
        ),
        (
            in_secrets(KUBECONFIG, kubeconfig={"secret": "acces"}),
            r"cluster\.kubeconfig: found secret \"acces\", which is not in .*; did you mean access",
        ),
    ],
)
def test_mistakes_about_a_secret_kubeconfig_are_told_without_its_content(
    root: Path, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ProjectError, match=told) as error:
        resolve_target(load_settings(settings, None), root, {}, no_outputs)
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("kubeconfig", ["users:\n- token: hush\n", {"secret": "a", "path": "b"}, 7])
def test_a_kubeconfigs_content_has_no_place_among_settings_that_can_be_read(kubeconfig: object) -> None:
    cluster = {"kind": "user", "context": "prod", "kubeconfig": kubeconfig}
    with pytest.raises(ProjectError, match=r"cluster\.kubeconfig: .*\{secret: NAME\}") as error:
        load_settings(user_settings(cluster=cluster), None)
    assert "hush" not in str(error.value)


def test_existing_namespaces_bring_what_nodes_pull_with(root: Path) -> None:
    cluster = {"kind": "user", "context": "prod", "kubeconfig": "config", "namespaces": "existing"}
    registry = {"repository": "registry.example:5000/ml", "username": "a", "password": "b"}
    made = load_settings(user_settings(registry=registry), None)
    assert resolve_target(made, root, {}, no_outputs).registry.pull_credentials

    existing = load_settings(user_settings(cluster=cluster, registry=registry), None)
    target = resolve_target(existing, root, {}, no_outputs)
    assert not target.makes_namespaces
    assert target.registry.username == "a"
    assert target.registry.pull_credentials is None

    own = user_settings(
        cluster=cluster, registry={**registry, "pullSecret": {"kind": "existing", "name": "pull"}}
    )
    with pytest.raises(
        ProjectError, match=r"registry\.pullSecret: .*imagePullSecrets of their ServiceAccount endpoints"
    ):
        resolve_target(load_settings(own, None), root, {}, no_outputs)


@pytest.mark.parametrize(
    ("routing", "base_url"),
    [
        ({"kind": "ingress"}, ""),
        ({"kind": "ingress", "host": "models.example"}, "http://models.example"),
        ({"kind": "ingress", "host": "models.example", "tls": {"secretName": "t"}}, "https://models.example"),
        ({"kind": "ingress", "host": "models.example", "tls": {"issuer": "i"}}, "https://models.example"),
        ({"kind": "gateway", "gateway": GATEWAY}, ""),
        ({"kind": "gateway", "gateway": GATEWAY, "host": "models.example"}, "http://models.example"),
        (
            {"kind": "gateway", "gateway": GATEWAY, "host": "models.example", "scheme": "https"},
            "https://models.example",
        ),
    ],
)
def test_urls_begin_with_what_the_route_is_known_by(
    root: Path, routing: dict[str, Any], base_url: str
) -> None:
    target = resolve_target(load_settings(user_settings(routing=routing), None), root, {}, no_outputs)
    assert target.router.base_url == base_url


def test_a_missing_file_of_certificates_is_named_with_its_key(root: Path) -> None:
    settings = load_settings(user_settings(builder={"certificateAuthority": "ca.pem"}), None)
    with pytest.raises(ProjectError, match=r"builder\.certificateAuthority: the file ca\.pem cannot be read"):
        resolve_target(settings, root, {}, no_outputs)


def connection(root: Path) -> dict[str, Any]:
    return {
        "kubeconfig": str(root / "config"),
        "context": "prod",
        "registry": "localhost:5001",
        "router": {
            "url": "http://127.0.0.1:8081",
            "ingressClass": "traefik",
            "gateway": {"name": "localcluster", "namespace": "router"},
            "httpsAddress": "127.77.0.1:8444",
        },
        "builder": {"name": "localcluster", "buildxConfig": "/unused", "socket": "unix:///unused"},
        "buildCertificateAuthority": None,
    }


def embedded_settings() -> dict[str, Any]:
    return {"organization": "acme", "cluster": {"kind": "embedded"}, "deployments": []}


def test_an_embedded_cluster_brings_registry_router_and_builder(root: Path) -> None:
    (root / ".localcluster").mkdir()
    (root / ".localcluster/connection.json").write_text(json.dumps(connection(root)))
    target = resolve_target(load_settings(embedded_settings(), None), root, {}, no_outputs)
    assert target.cluster.kubeconfig == str(root / "config")
    assert target.registry.repository == "localhost:5001"
    assert target.router == IngressRouter(
        "http://127.0.0.1:8081", ingress_class="traefik", https_port=8444, controller="traefik"
    )
    assert target.builder.name == "localcluster"
    assert target.builder.certificates is None


def test_routes_of_an_embedded_cluster_are_ingresses_or_its_gateways(root: Path) -> None:
    (root / ".localcluster").mkdir()
    (root / ".localcluster/connection.json").write_text(json.dumps(connection(root)))
    settings = embedded_settings() | {"routing": {"kind": "gateway"}}

    router = resolve_target(load_settings(settings, None), root, {}, no_outputs).router

    gateway = GatewayReference(name="localcluster", namespace="router")
    assert router == GatewayRouter("http://127.0.0.1:8081", gateway)
    assert router.kind == "gateway"


def test_an_embedded_cluster_of_before_gateways_is_to_be_started_anew(root: Path) -> None:
    (root / ".localcluster").mkdir()
    older = connection(root)
    del older["router"]["gateway"]
    (root / ".localcluster/connection.json").write_text(json.dumps(older))
    settings = load_settings(embedded_settings() | {"routing": {"kind": "gateway"}}, None)

    with pytest.raises(ProjectError, match=r"routing\.kind: .*names no Gateway.*localcluster up` again"):
        resolve_target(settings, root, {}, no_outputs)


def test_the_environment_may_name_another_embedded_cluster(root: Path) -> None:
    other = root / "other.json"
    other.write_text(json.dumps(connection(root) | {"registry": "localhost:5002"}))
    target = resolve_target(
        load_settings(embedded_settings(), None), root, {"LOCALCLUSTER_CONNECTION": str(other)}, no_outputs
    )
    assert target.registry.repository == "localhost:5002"


def test_an_embedded_cluster_that_does_not_run_is_told_with_how_to_start_it(root: Path) -> None:
    with pytest.raises(ProjectError, match=r"connection\.json: .*python -m localcluster up"):
        resolve_target(load_settings(embedded_settings(), None), root, {}, no_outputs)
