"""Endpoints whose image already exists."""

from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import ReadyImage, StackPlan

Plan = Callable[[str], StackPlan]

PINNED = "registry.acme.example/greet@sha256:" + "1" * 64
PLACE = "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet"


def of_greet(stack: str, settings: str) -> str:
    return stack.replace("greet: {}", f"greet: {settings}")


def test_an_endpoint_with_an_image_has_none_built(plan: Plan, stack: str) -> None:
    planned = plan(of_greet(stack, f"{{image: '{PINNED}'}}"))
    greet = planned.deployments[0].versions[0].endpoints[1]
    assert greet.image == ReadyImage(PINNED)
    assert not [advice for advice in planned.advice if "by digest" in advice.text]


def test_a_tag_is_advised_against(plan: Plan, stack: str) -> None:
    planned = plan(of_greet(stack, "{image: 'registry.acme.example/greet:1'}"))
    (advice,) = [str(advice) for advice in planned.advice if "by digest" in advice.text]
    assert advice.startswith(f"{PLACE}.image: found registry.acme.example/greet:1, a tag, which can be moved")


def test_without_a_builder_no_model_file_is_expected_and_tags_are_told_where_they_stand(
    plan: Plan, stack: str
) -> None:
    text = stack.replace("predict:\n              files: {model: {path: model.npz}}", "predict: {}")
    planned = plan(f"{text}  endpoints:builder: {{kind: none}}\n")
    assert [endpoint.image for endpoint in planned.deployments[0].versions[0].endpoints] == [
        ReadyImage("python:3.11-slim"),
        ReadyImage("python:3.11-slim"),
    ]
    advice = [str(advice) for advice in planned.advice if "by digest" in advice.text]
    assert advice
    assert all(one.startswith("project/valohai.yaml:") for one in advice)


@pytest.mark.parametrize(
    ("setting", "place", "expected"),
    [
        ("files: {model: {path: model.npz}}", ".files.model", "cannot be added to a ready image; remove it"),
        (
            "systemPackages: [libgomp1]",
            ".systemPackages",
            "has no effect on a ready image; remove it, or let",
        ),
        (
            "buildPackages: [gcc]",
            ".buildPackages",
            "has no effect on a ready image; remove it, or let an image",
        ),
        ("probe: {kind: listening}", ".probe.kind", "a ready image does not contain; allowed: tcp or http"),
    ],
)
def test_what_only_a_built_image_can_do_is_refused(
    plan: Plan, stack: str, setting: str, place: str, expected: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        plan(of_greet(stack, f"{{image: '{PINNED}', {setting}}}"))
    assert str(caught.value).startswith(f"{PLACE}{place}: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("builder", ["{kind: docker, name: ci}", "{kind: none, index: {}}"])
def test_a_key_of_another_kind_of_builder_is_refused(plan: Plan, stack: str, builder: str) -> None:
    with pytest.raises(ProjectError, match=r"endpoints:builder\.(name|index): unknown key; .*known: kind"):
        plan(f"{stack}  endpoints:builder: {builder}\n")


def test_a_password_of_the_package_index_must_be_a_secret_that_exists(plan: Plan, stack: str) -> None:
    index = "{url: 'https://pypi.acme.example/simple', username: robot, password: {secret: pypi}}"
    with pytest.raises(ProjectError, match=r"index\.password: found secret \"pypi\", which is not in"):
        plan(f"{stack}  endpoints:builder: {{index: {index}}}\n")


def test_a_password_in_plain_text_is_refused_and_not_shown(plan: Plan, stack: str) -> None:
    index = "{url: 'https://pypi.acme.example/simple', username: robot, password: s73577357}"
    with pytest.raises(ProjectError, match=r"password: found a string; allowed: \{secret: NAME\}") as caught:
        plan(f"{stack}  endpoints:builder: {{index: {index}}}\n")
    assert "s73577357" not in str(caught.value)


def test_docker_does_not_take_files_from_object_stores(plan: Plan, stack: str) -> None:
    text = stack.replace("path: model.npz", "uri: s3://models/model.npz")
    with pytest.raises(
        ProjectError, match=r"files\.model\.uri: is in an object store, which the builder kind"
    ):
        plan(f"{text}  endpoints:builder: {{kind: docker}}\n")
