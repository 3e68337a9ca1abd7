"""An endpoint of valohai.yaml that cannot be read keeps no other one from being deployed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import StackPlan

Plan = Callable[[str], StackPlan]

GREET_ALONE = "            predict:\n              files: {model: {path: model.npz}}\n"
"""What the stack file loses to deploy `greet` and not `predict`."""


@pytest.fixture
def change(root: Path) -> Callable[[str, str], None]:
    """Replace a text in the project's valohai.yaml."""
    file = root / "project/valohai.yaml"

    def replace(old: str, new: str) -> None:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return replace


Change = Callable[[str, str], None]


def served(plan: StackPlan) -> list[str]:
    (deployment,) = plan.deployments
    return [endpoint.address.endpoint for version in deployment.versions for endpoint in version.endpoints]


def mistakes(plan: Plan, text: str) -> list[str]:
    with pytest.raises(ProjectError) as raised:
        plan(text)
    return str(raised.value).splitlines()


def test_one_that_the_version_does_not_choose_is_advice_with_file_line_and_key(
    plan: Plan, stack: str, change: Change
) -> None:
    change("wsgi:", "wsgy:")
    planned = plan(stack.replace(GREET_ALONE, ""))
    assert served(planned) == ["greet"]
    (advice,) = [str(found) for found in planned.advice if "wsgy" in found.key]
    assert advice.startswith("project/valohai.yaml:11: predict.wsgy: unknown key; did you mean wsgi?")
    assert advice.endswith("(no error: not deployed)")


def test_it_is_told_once_though_several_versions_leave_it_out(plan: Plan, stack: str, change: Change) -> None:
    change("wsgi:", "wsgy:")
    text = stack.replace(GREET_ALONE, "") + '        - name: "20261102.0"\n          endpoints: {greet: }\n'
    assert len([found for found in plan(text).advice if "wsgy" in found.key]) == 1


@pytest.mark.parametrize("where", ["version", "deployment"])
def test_one_that_is_disabled_is_advice(plan: Plan, stack: str, change: Change, where: str) -> None:
    change("wsgi:", "wsgy:")
    if where == "version":
        text = stack.replace("files: {model: {path: model.npz}}", "enabled: false")
    else:
        text = stack.partition("          endpoints:")[0].replace(
            "source: project", "source: project\n      endpoints: {predict: {enabled: false}}"
        )
    assert served(plan(text)) == ["greet"]


@pytest.mark.parametrize("listed", [True, False])
def test_one_that_is_deployed_is_an_error(plan: Plan, stack: str, change: Change, listed: bool) -> None:
    change("wsgi:", "wsgy:")
    text = stack if listed else stack.partition("          endpoints:")[0]
    assert any("predict.wsgy" in message for message in mistakes(plan, text))


def test_where_a_chosen_one_is_missing_those_that_cannot_be_read_are_told_as_errors(
    plan: Plan, stack: str, change: Change
) -> None:
    change("wsgi:", "wsgy:")
    messages = mistakes(plan, stack.replace(GREET_ALONE, "            predit:\n"))
    assert any("has no endpoint of this name; did you mean predict?" in message for message in messages)
    assert any("predict.wsgy" in message for message in messages)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: predict", "name: Predict", "Predict.name: found"),
        ("name: predict", "nam: predict", "unknown key; did you mean name?"),
        ("- endpoint:\n    name: predict", "- endpiont:\n    name: predict", "did you mean endpoint?"),
        ("name: predict", "name: greet", "greet.wsgy"),
    ],
    ids=["malformed name", "no name", "misspelt item", "name of a chosen one"],
)
def test_what_might_be_a_chosen_endpoint_stays_an_error(
    plan: Plan, stack: str, change: Change, old: str, new: str, told: str
) -> None:
    change("wsgi:", "wsgy:")
    change(old, new)
    assert any(told in message for message in mistakes(plan, stack.replace(GREET_ALONE, "")))
