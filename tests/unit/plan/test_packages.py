"""Requirements, packages of the distribution and build secrets: where they may be set, what has no effect."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import DockerImagePlan, ImagePlan, ReadyImage, StackPlan

Plan = Callable[[str], StackPlan]

PLACE = "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet"
SECRETS = "  endpoints:secrets: {git: {secure: t0ken}}\n"
PINNED = "registry.acme.example/greet@sha256:" + "1" * 64


def of_greet(stack: str, settings: str) -> str:
    return stack.replace("greet: {}", f"greet: {settings}")


def dockerfiles(planned: StackPlan) -> list[str]:
    images = [endpoint.image for endpoint in planned.deployments[0].versions[0].endpoints]
    return [image.dockerfile for image in images if isinstance(image, ImagePlan)]


def test_packages_of_the_stack_are_those_of_all_endpoints_unless_one_has_its_own(
    plan: Plan, stack: str
) -> None:
    text = of_greet(stack, "{systemPackages: []}")
    predict, greet = dockerfiles(plan(f"{text}  endpoints:defaults: {{systemPackages: [libgomp1]}}\n"))
    assert "install-system-packages.sh libgomp1" in predict
    assert "install-system-packages.sh" not in greet


def test_packages_for_all_endpoints_do_not_concern_one_with_a_ready_image(plan: Plan, stack: str) -> None:
    text = of_greet(stack, f"{{image: '{PINNED}'}}")
    defaults = "{systemPackages: [libgomp1], buildPackages: [gcc]}"
    planned = plan(f"{text}  endpoints:defaults: {defaults}\n")
    assert planned.deployments[0].versions[0].endpoints[1].image == ReadyImage(PINNED)


def test_without_a_builder_packages_for_all_endpoints_are_refused(plan: Plan, stack: str) -> None:
    text = stack.replace("predict:\n              files: {model: {path: model.npz}}", "predict: {}")
    builder = "{kind: none}\n  endpoints:defaults: {systemPackages: [libgomp1]}"
    with pytest.raises(ProjectError, match=r"endpoints:defaults\.systemPackages: has no effect on a ready"):
        plan(f"{text}  endpoints:builder: {builder}\n")


@pytest.mark.parametrize(
    ("setting", "key"),
    [("buildPackages: [gcc]", "buildPackages"), ("buildSecrets: {TOKEN: {secret: git}}", "buildSecrets")],
)
def test_what_only_requirements_need_is_refused_without_any(
    plan: Plan, stack: str, root: Path, setting: str, key: str
) -> None:
    (root / "project/requirements.txt").unlink()
    with pytest.raises(ProjectError) as caught:
        plan(of_greet(stack, f"{{{setting}}}") + SECRETS)
    assert f"{PLACE}.{key}: is only for the installation of requirements, and the project has" in str(
        caught.value
    )


def test_a_build_secret_must_exist_and_no_message_shows_a_value(plan: Plan, stack: str) -> None:
    with pytest.raises(ProjectError, match=r"buildSecrets\.TOKEN: found secret \"git\", which is not in"):
        plan(of_greet(stack, "{buildSecrets: {TOKEN: {secret: git}}}"))
    with pytest.raises(ProjectError, match=r"buildSecrets\.TOKEN: .*allowed: \{secret: NAME\}") as caught:
        plan(of_greet(stack, "{buildSecrets: {TOKEN: t0ken73577357}}"))
    assert "t0ken73577357" not in str(caught.value)


def test_a_secret_for_builds_counts_as_used(plan: Plan, stack: str) -> None:
    text = of_greet(stack, "{buildSecrets: {TOKEN: {secret: git}}}")
    planned = plan(text + SECRETS)
    assert not [advice for advice in planned.advice if "is not used" in advice.text]
    greet = planned.deployments[0].versions[0].endpoints[1].image
    assert isinstance(greet, ImagePlan)
    assert {name: value.get_secret_value() for name, value in greet.build_secrets.items()} == {
        "TOKEN": "t0ken"
    }
    assert "t0ken" not in greet.dockerfile + repr(greet)


def test_docker_has_no_build_secrets(plan: Plan, stack: str) -> None:
    text = of_greet(stack, "{buildSecrets: {TOKEN: {secret: git}}}")
    with pytest.raises(
        ProjectError, match=r"greet\.buildSecrets: needs the builder kind buildkit; docker has"
    ):
        plan(f"{text}{SECRETS}  endpoints:builder: {{kind: docker}}\n")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("systemPackages: ['gcc; rm -rf /']", "allowed: the name of a package of the image's distribution"),
        ("systemPackages: ['-y']", "allowed: the name of a package of the image's distribution"),
        ("buildSecrets: {git-token: {secret: git}}", "allowed as a name: capital letters, digits and unders"),
    ],
)
def test_names_that_would_not_work_are_refused(plan: Plan, stack: str, setting: str, expected: str) -> None:
    with pytest.raises(ProjectError) as caught:
        plan(of_greet(stack, f"{{{setting}}}"))
    assert expected in str(caught.value)


def test_another_requirements_file_is_installed_with_what_it_includes(
    plan: Plan, stack: str, root: Path
) -> None:
    (root / "project/requirements").mkdir()
    (root / "project/requirements/prod.txt").write_text("-r base.txt\n")
    (root / "project/requirements/base.txt").write_text("itsdangerous==2.2.0\n")
    predict, greet = dockerfiles(plan(of_greet(stack, "{requirements: ./requirements/prod.txt}")))
    assert '["requirements/base.txt", "requirements/"]' in greet
    assert "install-python-packages.sh -r requirements/prod.txt" in greet
    assert "install-python-packages.sh -r requirements.txt" in predict


def test_an_exported_file_is_a_context_of_its_own(plan: Plan, stack: str, root: Path) -> None:
    (root / "project/pyproject.toml").write_text('[project]\ndependencies = ["flask"]\n[build-system]\n')
    greet = (
        plan(of_greet(stack, "{requirements: pyproject.toml}")).deployments[0].versions[0].endpoints[1].image
    )
    assert isinstance(greet, ImagePlan)
    context = root / greet.named_contexts["requirements"]
    assert {file.name: file.read_text() for file in context.iterdir()} == {
        "packages.txt": "flask\n",
        "local.txt": ".\n",
    }
    steps = ["-r /valohai/requirements/packages.txt", "COPY --chown=10001:10001 . .", "--no-deps -r /valohai"]
    positions = [greet.dockerfile.index(step) for step in steps]
    assert positions == sorted(positions)


def test_docker_gets_an_exported_file_with_everything_else(plan: Plan, stack: str, root: Path) -> None:
    (root / "project/pyproject.toml").write_text('[project]\ndependencies = ["flask"]\n')
    text = of_greet(stack, "{requirements: pyproject.toml}")
    planned = plan(f"{text}  endpoints:builder: {{kind: docker}}\n")
    greet = planned.deployments[0].versions[0].endpoints[1].image
    assert isinstance(greet, DockerImagePlan)
    assert (root / greet.context / "requirements/packages.txt").read_text() == "flask\n"
    assert (
        "FROM scratch AS requirements\nCOPY requirements/ /\n"
        in (root / greet.context / "Dockerfile").read_text()
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("prod.txt", "prod.txt is not among the files of the source; correct the path, which begins"),
        ("../prod.txt", "allowed: a path inside the source"),
        ("environment.yml", "environment.yml is an environment of conda, which is not installed into images"),
    ],
)
def test_requirements_that_cannot_be_installed_are_told_where_they_are_named(
    plan: Plan, stack: str, root: Path, path: str, expected: str
) -> None:
    (root / "project/environment.yml").touch()
    with pytest.raises(ProjectError) as caught:
        plan(of_greet(stack, f"{{requirements: {path}}}"))
    assert str(caught.value).startswith(f"{PLACE}.requirements: ")
    assert expected in str(caught.value)
