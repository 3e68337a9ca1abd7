"""What a stack file may say of rollouts, shared memory and annotations."""

import pytest

from endpoints.stack_file import RolloutSettings
from tests.unit.stack_file.conftest import Load, mistakes


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{rollout: {strategy: recreate, maxSurge: 1}}", "maxSurge is for strategy: rollingUpdate"),
        ("{rollout: {maxSurge: 0}}", "no pod could be replaced with maxSurge 0 and maxUnavailable 0"),
        ("{rollout: {maxSurge: 0%, maxUnavailable: 0%}}", "no pod could be replaced"),
        ("{rollout: {maxSurge: 101%}}", 'found "101%"; allowed: a number of pods such as 1'),
        ("{rollout: {maxUnavailable: -1}}", "found the number -1; allowed: a number of pods"),
        ("{rollout: {strategy: Recreate}}", "allowed: rollingUpdate or recreate"),
        ("{shmSize: 64}", "shmSize: found"),
        ("{shmSize: 1.5Gi}", "allowed: an amount of memory such as 512Mi or 2Gi"),
        ("{fsGroup: OnRootMismatch}", "allowed: always, onRootMismatch or none"),
        ("{runtimeClassName: Nvidia}", "allowed: a Kubernetes object's name"),
        ("{routing: {annotations: {pulumi.com/skipAwait: 'false'}}}", "is set by the program"),
        ("{routing: {annotations: {a b: c}}}", "allowed as a name: an annotation's key"),
        ("{routing: {annotations: {a/b: [c]}}}", "allowed: a string, a number, true or false"),
    ],
)
def test_mistakes_are_told_with_what_is_allowed(load: Load, minimal: str, settings: str, told: str) -> None:
    message = mistakes(load, f"{minimal}  endpoints:defaults: {settings}\n")
    assert told in message
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:defaults.")


def test_numbers_of_annotations_become_the_text_that_kubernetes_stores(load: Load, minimal: str) -> None:
    settings = load(f"{minimal}  endpoints:defaults: {{routing: {{annotations: {{a/b: 600, a/c: true}}}}}}\n")
    assert settings.defaults.routing.annotations == {"a/b": "600", "a/c": "true"}


@pytest.mark.parametrize(
    ("written", "pods", "more"),
    [
        ({}, 4, 1),
        ({}, 5, 2),
        ({"maxSurge": 3}, 1, 3),
        ({"maxSurge": "100%"}, 4, 4),
        ({"strategy": "recreate"}, 4, 0),
    ],
)
def test_a_share_of_pods_is_rounded_up_as_kubernetes_does(
    written: dict[str, object], pods: int, more: int
) -> None:
    assert RolloutSettings.model_validate(written).surge(pods) == more
