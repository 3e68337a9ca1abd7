"""What several places of a stack file say of one endpoint, put together."""

from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import EndpointLayers, EndpointSettings, Settings
from endpoints.stack_file.endpoint import EndpointDefaults

Load = Callable[[str], Settings]

STACK = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:environment: {A: stack, B: stack, C: stack, D: stack, E: stack}
  endpoints:defaults: {replicas: {max: 8}, timeoutSeconds: 60}
  endpoints:deployments:
    - project: digits
      name: production
      source: ../digits
      environment: {B: deployment, C: deployment, D: deployment, E: deployment}
      defaults: {replicas: {min: 2}}
      endpoints:
        predict:
          environment: {C: all versions, D: all versions, E: all versions}
          files: {model: {path: all.npz, sha256: "%s"}, scaler: {path: scaler.npz}}
      versions:
        - name: "1"
          environment: {D: version, E: version}
        - name: "2"
          environment: {D: version, E: version}
          endpoints:
            predict:
              replicas: {min: 5}
              environment: {E: endpoint}
              files: {model: {uri: "https://a.example/m"}}
            greet:
""" % ("0" * 64)


def mistakes(load: Load, text: str) -> list[str]:
    with pytest.raises(ProjectError) as raised:
        load(text)
    return str(raised.value).splitlines()


def merged(settings: Settings, version: int, endpoint: str) -> EndpointSettings:
    return EndpointLayers(settings, 0, version, endpoint).merged()


def test_the_most_special_place_that_sets_a_key_counts(load: Load) -> None:
    predict = merged(load(STACK), 1, "predict")

    assert (predict.replicas.min, predict.replicas.max) == (5, 8), "key by key"
    assert predict.timeout_seconds == 60
    assert predict.environment == {
        "A": "stack",
        "B": "deployment",
        "C": "all versions",
        "D": "version",
        "E": "endpoint",
    }


def test_a_file_is_overridden_as_a_whole_and_the_others_stay(load: Load) -> None:
    files = merged(load(STACK), 1, "predict").files

    assert files["model"].model_dump(exclude_none=True) == {"uri": "https://a.example/m"}
    assert files["scaler"].path == "scaler.npz"


def test_a_version_that_says_nothing_gets_what_is_said_for_all(load: Load) -> None:
    settings = load(STACK)

    assert (merged(settings, 0, "predict").replicas.min, merged(settings, 0, "greet").replicas.min) == (2, 2)
    assert merged(settings, 0, "predict").files.keys() == {"model", "scaler"}
    assert merged(settings, 1, "greet").files == {}


def test_what_no_place_says_is_the_default(load: Load, minimal: str) -> None:
    assert merged(load(minimal), 0, "predict") == EndpointSettings()


def test_another_kind_voids_what_was_said_of_the_first(load: Load, minimal: str) -> None:
    probe = "  endpoints:defaults: {probe: {kind: http, path: /health, startupSeconds: 5}}\n"
    other = load(f"{minimal}          endpoints: {{greet: {{probe: {{kind: tcp}}}}}}\n{probe}")
    same = load(f"{minimal}          endpoints: {{greet: {{probe: {{startupSeconds: 9}}}}}}\n{probe}")

    assert merged(other, 0, "greet").probe.model_dump() == {
        "kind": "tcp",
        "path": None,
        "startup_seconds": 600,
    }
    assert merged(same, 0, "greet").probe.model_dump() == {
        "kind": "http",
        "path": "/health",
        "startup_seconds": 9,
    }


def test_a_problem_is_told_where_the_key_that_counts_stands(load: Load) -> None:
    layers = EndpointLayers(load(STACK), 0, 1, "predict")
    endpoint = ("deployments", 0, "versions", 1, "endpoints", "predict")

    assert layers.place(("replicas", "min")) == (*endpoint, "replicas", "min")
    assert layers.place(("replicas", "max")) == ("defaults", "replicas", "max")
    assert layers.place(("files", "model", "uri")) == (*endpoint, "files", "model", "uri")
    assert layers.place(("files", "scaler")) == ("deployments", 0, "endpoints", "predict", "files", "scaler")
    assert layers.place(("environment", "A")) == ("environment", "A")
    assert layers.place(("probe", "path")) == (*endpoint, "probe", "path"), "nobody sets it"


def test_keys_that_contradict_each_other_are_told_with_both_places(load: Load) -> None:
    (message,) = mistakes(load, STACK.replace("max: 8", "max: 3"))
    assert message == (
        "stacks/Pulumi.test.yaml:24: endpoints:deployments[0].versions[1].endpoints.predict.replicas.min: "
        "min 5 is above max 3; lower min or raise max (max: endpoints:defaults.replicas.max, line 6)"
    )


def test_a_key_that_contradicts_a_default_is_told_so(load: Load) -> None:
    text = STACK.replace("{replicas: {max: 8}, timeoutSeconds: 60}", "{}")
    (message,) = mistakes(load, text)
    assert message.endswith("min 5 is above max 4; lower min or raise max (max: by default)")


def test_a_contradiction_of_defaults_is_told_once_and_without_any_endpoint(load: Load, minimal: str) -> None:
    text = f"{minimal}        - name: two\n  endpoints:defaults: {{replicas: {{min: 9}}}}\n"
    (message,) = mistakes(load, text)
    assert message.startswith("stacks/Pulumi.test.yaml:12: endpoints:defaults.replicas.min: min 9 is above")

    (message,) = mistakes(load, text.replace("{min: 9}", "{min: 9, max: 8}"))
    assert message.endswith("endpoints:defaults.replicas: min 9 is above max 8; lower min or raise max")


def test_each_place_may_be_right_only_with_another(load: Load, minimal: str) -> None:
    settings = load(f"{minimal}          endpoints: {{a: {{replicas: {{min: 9}}}}}}\n"
                    "  endpoints:defaults: {replicas: {max: 9}}\n")  # fmt: skip
    assert merged(settings, 0, "a").replicas.min == 9


def test_defaults_have_every_key_but_those_of_one_endpoint() -> None:
    assert EndpointSettings.model_fields.keys() - EndpointDefaults.model_fields == {
        "enabled",
        "image",
        "files",
        "environment",
    }


def test_defaults_with_the_files_of_one_endpoint_are_refused(load: Load, minimal: str) -> None:
    (message,) = mistakes(load, f"{minimal}  endpoints:defaults: {{files: {{}}}}\n")
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:defaults.files: unknown key")
