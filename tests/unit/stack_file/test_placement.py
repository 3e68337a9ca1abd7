"""What a stack file may say of resources and nodes."""

import pytest

from endpoints.stack_file.placement import NodeExpression
from tests.unit.stack_file.conftest import Load, mistakes


def defaults(minimal: str, settings: str) -> str:
    return f"{minimal}  endpoints:defaults: {settings}\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{resources: {cpu: {min: 2, max: 1}}}", "resources.cpu: min 2 is above max 1"),
        ("{resources: {memory: {min: 2, max: 1}}}", "resources.memory: min 2 is above max 1"),
        (
            "{resources: {cpu: {min: 0.0001}}}",
            "resources.cpu.min: found the number 0.0001; allowed: a number",
        ),
        ("{resources: {cpu: {min: true}}}", "resources.cpu.min: found the boolean true; allowed: a number"),
        (
            "{resources: {memory: {max: 1.5}}}",
            "resources.memory.max: found the number 1.5; allowed: a whole number",
        ),
        (
            "{resources: {devices: {gpu: 1}}}",
            "allowed as a name: a device's full name, such as nvidia.com/gpu",
        ),
        (
            "{resources: {devices: {a.b/c: -1}}}",
            "resources.devices.a.b/c: found the number -1; allowed: 0 or more",
        ),
        ("{nodeSelector: {-a: b}}", "allowed as a name: a label's key"),
        ("{nodeSelector: {a: b c}}", "nodeSelector.a: found"),
        ("{tolerations: [{value: a}]}", "tolerations[0]: has no key; add key"),
        ("{tolerations: [{key: a, operator: Exists, value: b}]}", "has a value with operator: Exists"),
        ("{tolerations: [{key: a, effect: Never}]}", "effect: found"),
        ("{nodeAffinity: {required: [{key: a}]}}", "has no values; operator In needs at least one"),
        (
            "{nodeAffinity: {required: [{key: a, operator: Exists, values: [b]}]}}",
            "does not take; remove them",
        ),
        ("{nodeAffinity: {required: [{key: a, operator: Gt, values: [b]}]}}", "needs one whole number"),
        ("{nodeAffinity: {preferred: [{key: a, values: [b], weight: 101}]}}", "allowed: 100 or less"),
    ],
)
def test_mistakes_are_told_with_what_is_allowed(load: Load, minimal: str, settings: str, told: str) -> None:
    message = mistakes(load, defaults(minimal, settings))
    assert told in message
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:defaults.")


@pytest.mark.parametrize(
    ("operator", "values", "labels", "holds"),
    [
        ("In", ["a", "b"], {"k": "b"}, True),
        ("In", ["a"], {}, False),
        ("NotIn", ["a"], {}, True),
        ("NotIn", ["a"], {"k": "a"}, False),
        ("Exists", [], {"k": ""}, True),
        ("DoesNotExist", [], {"k": ""}, False),
        ("Gt", ["4"], {"k": "5"}, True),
        ("Gt", ["4"], {"k": "many"}, False),
        ("Lt", ["4"], {"k": "3"}, True),
        ("Lt", ["4"], {}, False),
    ],
)
def test_conditions_hold_as_the_scheduler_decides_them(
    operator: str, values: list[str], labels: dict[str, str], holds: bool
) -> None:
    condition = NodeExpression.model_validate({"key": "k", "operator": operator, "values": values})
    assert condition.holds(labels) is holds
