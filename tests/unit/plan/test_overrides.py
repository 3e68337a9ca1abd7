"""What patches of a stack file may not change."""

from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import EndpointPlan, StackPlan

Plan = Callable[[str], StackPlan]
PLACE = "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet."


def greet(planned: StackPlan) -> EndpointPlan:
    (version,) = planned.deployments[0].versions
    return next(found for found in version.endpoints if found.address.endpoint == "greet")


def with_settings(stack: str, settings: str) -> str:
    return stack.replace("greet: {}", f"greet: {settings}")


@pytest.mark.parametrize(
    ("overrides", "key", "told"),
    [
        ("Deployment: {metadata: {name: a}}", "Deployment.metadata.name", "the endpoint's objects by it"),
        ("Service: {metadata: {namespace: a}}", "Service.metadata.namespace", "cannot be changed"),
        (
            "Ingress: {metadata: {labels: {valohai.com/version: a}}}",
            "Ingress.metadata.labels.valohai.com/version",
            "cannot be changed",
        ),
        (
            "Deployment: {metadata: {labels: null}}",
            "Deployment.metadata.labels",
            "would remove metadata.labels",
        ),
        (
            "Deployment: {spec: {selector: {matchLabels: {a: b}}}}",
            "Deployment.spec.selector",
            "cannot be changed",
        ),
        ("Service: {spec: {selector: null}}", "Service.spec.selector", "cannot be changed"),
        ("Deployment: {spec: {replicas: 3}}", "Deployment.spec.replicas", "is decided by `replicas`"),
        ("Deployment: {spec: {template: null}}", "Deployment.spec.template", "would remove"),
        (
            "HorizontalPodAutoscaler: {spec: {maxReplicas: 9}}",
            "HorizontalPodAutoscaler.spec.maxReplicas",
            "set it there",
        ),
        (
            "Deployment: {spec: {template: {spec: {containers: null}}}}",
            "Deployment.spec.template.spec.containers",
            "would remove the container endpoint",
        ),
        (
            "Deployment: {spec: {template: {spec: {containers: [{name: endpoint, image: a}]}}}}",
            "Deployment.spec.template.spec.containers",
            "image is decided by `image`",
        ),
        (
            "Deployment: {spec: {template: {spec: {containers: [{name: endpoint, $patch: delete}]}}}}",
            "Deployment.spec.template.spec.containers",
            "would remove or replace the server's container",
        ),
        (
            "Deployment: {spec: {template: {spec: {containers: [{name: endpoint, env: [{name: PORT}]}]}}}}",
            "Deployment.spec.template.spec.containers",
            "the variable PORT tells the server where it is",
        ),
    ],
)
def test_names_selectors_and_what_has_a_setting_of_its_own_cannot_be_changed(
    plan: Plan, stack: str, overrides: str, key: str, told: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, f"{{overrides: {{{overrides}}}}}"))
    message = str(raised.value).splitlines()[0]
    assert message.startswith(f"{PLACE}overrides.{key}: ")
    assert told in message


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ("Deployment: {spec: {}, status: {}}", "has the key status; allowed: metadata, spec"),
        ("Deployment: [a]", "allowed: a mapping of metadata, spec or both"),
        ("Deployment: {spec: null}", "has no mapping as spec"),
        ("Deploymnt: {spec: {}}", "unknown key; did you mean Deployment?"),
        (
            "Deployment: {spec: {template: {spec: {containers: [{image: a}]}}}}",
            "has an item without name in containers",
        ),
    ],
)
def test_patches_of_another_form_are_told(plan: Plan, stack: str, overrides: str, told: str) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, f"{{overrides: {{{overrides}}}}}"))
    assert told in str(raised.value)
    assert str(raised.value).startswith(f"{PLACE}overrides.Deploym")


def test_patches_of_all_layers_are_applied_one_after_the_other(plan: Plan, stack: str) -> None:
    general = "{overrides: {Deployment: {metadata: {annotations: {a: b}}, spec: {minReadySeconds: 1}}}}"
    text = with_settings(stack, "{overrides: {Deployment: {spec: {minReadySeconds: 2}}}}")
    planned = plan(f"{text}  endpoints:defaults: {general}\n")
    assert greet(planned).objects.overrides.by_kind() == {
        "Deployment": {"metadata": {"annotations": {"a": "b"}}, "spec": {"minReadySeconds": 2}}
    }
    without = plan(
        f"{with_settings(stack, '{overrides: {Deployment: null}}')}  endpoints:defaults: {general}\n"
    )
    assert greet(without).objects.overrides.by_kind() == {}


def test_shared_memory_must_leave_the_server_some(plan: Plan, stack: str) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, "{shmSize: 1Gi, resources: {memory: {max: 1000}}}"))
    assert str(raised.value).startswith(f"{PLACE}shmSize: found 1Gi, which counts as memory of the pod")
    assert greet(plan(with_settings(stack, "{shmSize: 1Gi, resources: {memory: {max: 2000}}}")))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{overrides: {HTTPRoute: {spec: {a: b}}}}", "HTTPRoute, since routes are Ingresses"),
        ("{overrides: {ScaledObject: {spec: {a: b}}}}", "ScaledObject, since KEDA does not scale it"),
        ("{overrides: {PodMonitor: {spec: {a: b}}}}", "PodMonitor, since metrics.scrape is not podMonitor"),
        (
            "{overrides: {PodDisruptionBudget: {spec: {a: b}}}}",
            "PodDisruptionBudget, since replicas.min is 1",
        ),
        (
            "{replicas: {max: 1}, overrides: {HorizontalPodAutoscaler: {spec: {a: b}}}}",
            "HorizontalPodAutoscaler, since its number of pods is fixed",
        ),
    ],
)
def test_a_patch_for_an_object_that_the_endpoint_does_not_have_is_told(
    plan: Plan, stack: str, settings: str, told: str
) -> None:
    found = [
        str(advice) for advice in plan(with_settings(stack, settings)).advice if "no effect" in advice.text
    ]
    (message,) = found
    assert message.startswith(f"{PLACE}overrides.")
    assert f"has no effect: the endpoint has no {told}" in message


def test_a_patch_in_defaults_is_for_those_endpoints_that_have_the_object(plan: Plan, stack: str) -> None:
    planned = plan(f"{stack}  endpoints:defaults: {{overrides: {{HTTPRoute: {{spec: {{a: b}}}}}}}}\n")
    assert not [advice for advice in planned.advice if "no effect" in advice.text]
