"""Which versions and endpoints are deployed, and with which of several settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import DeploymentPlan, StackPlan
from tests.unit.plan.images import built

Plan = Callable[[str], StackPlan]

FILE = "stacks/Pulumi.test.yaml"
DEPLOYMENT = "endpoints:deployments[0]"


def mistakes(plan: Plan, text: str) -> list[str]:
    with pytest.raises(ProjectError) as raised:
        plan(text)
    return str(raised.value).splitlines()


def served(plan: StackPlan) -> list[str]:
    """Return version and endpoint of everything that is deployed."""
    deployments: tuple[DeploymentPlan, ...] = plan.deployments
    return [
        f"{version.name}/{endpoint.address.endpoint}"
        for deployment in deployments
        for version in deployment.versions
        for endpoint in version.endpoints
    ]


def with_second_version(stack: str, settings: str = "") -> str:
    version = f'        - name: "20261102.0"\n{settings}          endpoints: {{greet: }}\n'
    return stack + version


def test_nothing_of_a_disabled_version_is_deployed(plan: Plan, stack: str) -> None:
    planned = plan(with_second_version(stack, "          enabled: false\n"))
    assert served(planned) == ["20261101.0/predict", "20261101.0/greet"]


def test_a_disabled_version_needs_no_source_any_more(plan: Plan, stack: str) -> None:
    text = with_second_version(stack, "          enabled: false\n          commit: abcdef0\n")
    assert "20261102.0" not in "".join(served(plan(text)))


def test_the_settings_of_a_disabled_version_are_checked_nevertheless(plan: Plan, stack: str) -> None:
    off = "          enabled: false\n          environment: {KEY: {secret: kye}}\n"
    (message,) = mistakes(plan, with_second_version(stack, off))
    assert message.startswith(f"{FILE}:17: {DEPLOYMENT}.versions[1].environment.KEY: found secret")

    (message,) = mistakes(plan, with_second_version(stack, "          enabled: 'false'\n"))
    assert message.endswith('enabled: found "false"; allowed: true or false, without quotes')


def test_a_deployment_whose_versions_are_all_disabled_keeps_its_namespace(plan: Plan, stack: str) -> None:
    planned = plan(stack.replace('"20261101.0"', '"20261101.0"\n          enabled: false'))

    assert served(planned) == []
    assert [deployment.namespace for deployment in planned.deployments] == ["acme-shapes-production"]


def test_a_disabled_endpoint_is_left_out_and_needs_no_model_files(plan: Plan, stack: str) -> None:
    listed = stack.replace("files: {model: {path: model.npz}}", "enabled: false")
    everything = stack.partition("          endpoints:")[0].replace(
        "source: project", "source: project\n      endpoints: {predict: {enabled: false}}"
    )
    assert served(plan(listed)) == served(plan(everything)) == ["20261101.0/greet"]


def test_a_version_may_enable_what_the_deployment_disables(plan: Plan, stack: str) -> None:
    text = stack.replace("source: project", "source: project\n      endpoints: {greet: {enabled: false}}")
    text = with_second_version(text).replace("{greet: }}", "{greet: {enabled: true}}}")
    text = text.replace("{greet: }", "{greet: {enabled: true}}")
    assert served(plan(text)) == ["20261101.0/predict", "20261102.0/greet"]


def test_an_alias_of_a_disabled_version_is_an_error_that_says_so(plan: Plan, stack: str) -> None:
    text = stack.replace("source: project", 'source: project\n      aliases: {latest: "20261102.0"}')
    assert mistakes(plan, with_second_version(text, "          enabled: false\n")) == [
        f'{FILE}:9: {DEPLOYMENT}.aliases.latest: found "20261102.0", which is disabled; '
        "enable it or choose another; enabled: 20261101.0"
    ]


def test_an_alias_of_a_version_without_an_enabled_endpoint_is_an_error_that_says_so(
    plan: Plan, stack: str
) -> None:
    text = stack.replace("source: project", 'source: project\n      aliases: {latest: "20261102.0"}')
    text = with_second_version(text).replace("{greet: }", "{greet: {enabled: false}}")
    assert mistakes(plan, text) == [
        f"{FILE}:9: {DEPLOYMENT}.aliases.latest: points to 20261102.0, where every endpoint is "
        "disabled; enable one, or move the alias"
    ]


def test_files_of_a_deployment_are_those_of_all_its_versions(plan: Plan, stack: str, root: Path) -> None:
    (root / "better.npz").write_bytes(b"better")
    text = stack.replace(
        "source: project", "source: project\n      endpoints: {predict: {files: {model: {path: model.npz}}}}"
    )
    text = text.replace(
        "            predict:\n              files: {model: {path: model.npz}}\n", "            predict:\n"
    )
    text += '        - name: "20261102.0"\n          endpoints:\n            predict:\n'
    text += "              files: {model: {path: better.npz}}\n"
    ((one, two),) = [deployment.versions for deployment in plan(text).deployments]

    found = [
        (root / built(version.endpoints[0]).named_contexts["files"] / "models/model.npz").read_bytes()
        for version in (one, two)
    ]
    assert found == [b"weights", b"better"]


def test_a_wrong_file_of_a_deployment_is_told_with_its_place_there(plan: Plan, stack: str) -> None:
    text = stack.replace(
        "source: project", "source: project\n      endpoints: {predict: {files: {model: {path: none.npz}}}}"
    )
    text = text.replace("              files: {model: {path: model.npz}}\n", "")
    (message,) = mistakes(plan, text)
    assert message.startswith(f"{FILE}:9: {DEPLOYMENT}.endpoints.predict.files.model: none.npz: there is no")


def test_settings_for_an_endpoint_that_no_version_has_are_refused(plan: Plan, stack: str) -> None:
    text = stack.replace("source: project", "source: project\n      endpoints: {great: {timeoutSeconds: 9}}")
    assert mistakes(plan, text) == [
        f"{FILE}:9: {DEPLOYMENT}.endpoints.great: no version has an endpoint of this name; did you "
        "mean greet? known: greet, predict"
    ]


@pytest.mark.parametrize(
    ("listed", "messages"),
    [("", 0), ("          endpoints: {great: }\n", 0), ("          endpoints: {greet: }\n", 1)],
)
def test_a_disabled_version_may_be_the_one_that_has_an_endpoint(
    plan: Plan, stack: str, listed: str, messages: int
) -> None:
    text = stack.replace("source: project", "source: project\n      endpoints: {great: {timeoutSeconds: 9}}")
    text += f'        - name: "20261102.0"\n          enabled: false\n{listed}'
    if messages:
        assert len(mistakes(plan, text)) == messages
    else:
        assert served(plan(text)) == ["20261101.0/predict", "20261101.0/greet"]


def test_settings_for_an_endpoint_that_some_version_has_are_fine(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    """An endpoint that came later, or is not deployed everywhere, has settings in one place as well."""
    project = root / "project"
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    commit = git(project, "rev-parse", "HEAD")
    manifest = project / "valohai.yaml"
    manifest.write_text(manifest.read_text().replace("name: greet", "name: welcome"))
    text = stack.replace("source: project", "source: project\n      endpoints: {greet: {timeoutSeconds: 9}}")
    text = text.replace('"20261101.0"', f'"20261101.0"\n          commit: "{commit}"')
    text += '        - name: "20261102.0"\n          endpoints: {welcome: }\n'

    assert "20261102.0/welcome" in served(plan(text))


def test_a_secret_in_a_deployments_endpoint_is_looked_up_as_any_other(plan: Plan, stack: str) -> None:
    text = stack.replace(
        "source: project", "source: project\n      endpoints: {greet: {environment: {KEY: {secret: key}}}}"
    )
    (message,) = mistakes(plan, text)
    assert message.startswith(f"{FILE}:9: {DEPLOYMENT}.endpoints.greet.environment.KEY: found secret")

    planned = plan(text + "  endpoints:secrets: {key: {secure: s73577357}}\n")
    assert planned.deployments[0].versions[0].endpoints[1].secret_environment.keys() == {"KEY"}
    assert planned.advice == ()
