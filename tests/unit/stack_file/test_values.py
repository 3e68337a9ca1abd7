from collections.abc import Callable

import pytest
from pydantic import SecretStr, ValidationError

from endpoints.stack_file import (
    BuildkitBuilder,
    EmbeddedCluster,
    EndpointSettings,
    ExternalMetric,
    FileSettings,
    IngressRouting,
    Keda,
    KedaTrigger,
    ManagedCluster,
    MeasuredObject,
    ObjectMetric,
    PodsMetric,
    ProbeSettings,
    Registry,
    Replicas,
    Scaling,
    SecretReference,
    Settings,
    Shutdown,
    Tls,
    UserCluster,
    load_settings,
)

Load = Callable[[str], Settings]

WHOLE = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: user, context: prod-eks, kubeconfig: prod.yaml}
  endpoints:registry: {repository: "registry.acme.example:5000/ml", username: robot, password: hunter2}
  endpoints:routing: {kind: ingress, ingressClass: traefik, host: models.acme.example, tls: {secretName: tls}}
  endpoints:builder: {name: remote, certificateAuthority: /etc/ssl/acme.pem}
  endpoints:environment: {LOG_LEVEL: info}
  endpoints:deployments:
    - project: digits
      name: production
      source: git@git.acme.example:ml/digits.git
      yaml: serving/valohai.yaml
      environment: {API_KEY: {secret: digits-api-key}}
      versions:
        - name: "20261101.0"
          commit: 1a2b3c4
          environment: {LOG_LEVEL: debug}
          endpoints:
            predict-digit:
              replicas: {min: 2, max: 8}
              scaling:
                cpuUtilization: 50
                memoryUtilization: 80
                scaleDownSeconds: 0
                metrics:
                  - {kind: pods, metric: requests_in_flight, average: 20}
                  - {kind: object, metric: rps, object: {apiVersion: v1, kind: Service, name: a}, value: 1k}
                  - {kind: external, metric: queue_length, labels: {queue: digits}, average: "0.5"}
              files: {model: {path: model.npz, sha256: "%s"}}
              environment: {THRESHOLD: "0.5"}
              probe: {kind: http, path: "/health?full=1", startupSeconds: 30}
              timeoutSeconds: 120
              shutdown: {preStopSeconds: 20, gracePeriodSeconds: 300}
              keepAliveSeconds: 620
              accessLog: json
            greet:
              scaling:
                keda:
                  triggers: [{type: cron, metadata: {desiredReplicas: 1, start: 0 8 * * *}}]
                  scaleToZero: true
""" % ("0" * 64)


def test_every_key_arrives_typed(load: Load) -> None:
    settings = load(WHOLE)

    assert settings.cluster == UserCluster(kind="user", context="prod-eks", kubeconfig="prod.yaml")
    assert settings.registry == Registry(
        repository="registry.acme.example:5000/ml", username="robot", password=SecretStr("hunter2")
    )
    assert settings.routing == IngressRouting(
        kind="ingress", ingress_class="traefik", host="models.acme.example", tls=Tls(secret_name="tls")
    )
    assert isinstance(settings.builder, BuildkitBuilder)
    assert settings.builder.certificate_authority == "/etc/ssl/acme.pem"
    (deployment,) = settings.deployments
    assert deployment.yaml == "serving/valohai.yaml"
    assert deployment.environment == {"API_KEY": SecretReference("digits-api-key")}
    (version,) = deployment.versions
    assert version.commit == "1a2b3c4"
    assert version.endpoints == {
        "predict-digit": EndpointSettings(
            replicas=Replicas(min=2, max=8),
            scaling=Scaling(
                cpu_utilization=50,
                memory_utilization=80,
                scale_down_seconds=0,
                metrics=(
                    PodsMetric(kind="pods", metric="requests_in_flight", average="20"),
                    ObjectMetric(
                        kind="object",
                        metric="rps",
                        object=MeasuredObject(api_version="v1", kind="Service", name="a"),
                        value="1k",
                    ),
                    ExternalMetric(
                        kind="external", metric="queue_length", labels={"queue": "digits"}, average="0.5"
                    ),
                ),
            ),
            files={"model": FileSettings(path="model.npz", sha256="0" * 64)},
            environment={"THRESHOLD": "0.5"},
            probe=ProbeSettings(kind="http", path="/health?full=1", startup_seconds=30),
            timeout_seconds=120,
            shutdown=Shutdown(pre_stop_seconds=20, grace_period_seconds=300),
            keep_alive_seconds=620,
            access_log="json",
        ),
        "greet": EndpointSettings(
            scaling=Scaling(
                keda=Keda(
                    triggers=(
                        KedaTrigger(type="cron", metadata={"desiredReplicas": "1", "start": "0 8 * * *"}),
                    ),
                    scale_to_zero=True,
                )
            )
        ),
    }


def test_an_alias_is_of_one_version_or_shared_by_weight(load: Load, minimal: str) -> None:
    aliases = '{live: "20261101.0", latest: {"20261101.0": 90, "20261102.0": 0}}'
    text = minimal.replace("source: ../digits", f"source: ../digits\n      aliases: {aliases}")
    settings = load(f'{text}        - name: "20261102.0"\n')

    assert settings.deployments[0].aliases == {
        "live": {"20261101.0": 1},
        "latest": {"20261101.0": 90, "20261102.0": 0},
    }


def test_what_is_left_out_has_its_default(load: Load, minimal: str) -> None:
    settings = load(minimal)

    assert settings.cluster == EmbeddedCluster(kind="embedded")
    assert settings.registry is None
    assert settings.environment == {}
    (version,) = settings.deployments[0].versions
    assert version.commit is None
    assert version.endpoints is None
    assert EndpointSettings().replicas == Replicas(min=1, max=4)


def test_a_managed_cluster_is_understood(load: Load, minimal: str) -> None:
    settings = load(
        minimal.replace("{kind: embedded}", "{kind: managed, stack: acme/managed/prod, team: ml}")
    )
    assert settings.cluster == ManagedCluster(kind="managed", stack="acme/managed/prod", team="ml")


def test_settings_cannot_be_changed(load: Load, minimal: str) -> None:
    settings = load(minimal)
    with pytest.raises(ValidationError, match="frozen"):
        settings.organization = "other"  # type: ignore[misc]


def test_a_password_is_not_part_of_the_settings_text(load: Load) -> None:
    assert "hunter2" not in repr(load(WHOLE))


def test_problems_found_later_have_the_line_of_their_setting(load: Load, minimal: str) -> None:
    problem = load(minimal).problem(("deployments", 0, "versions", 0, "commit"), "is wrong")
    assert str(problem) == (
        "stacks/Pulumi.test.yaml:10: endpoints:deployments[0].versions[0].commit: is wrong"
    )


def test_settings_without_a_stack_file_have_no_lines() -> None:
    settings = load_settings({"organization": "a", "cluster": {"kind": "embedded"}, "deployments": []}, None)
    assert str(settings.problem(("organization",), "is odd")) == (
        "stack configuration: endpoints:organization: is odd"
    )
