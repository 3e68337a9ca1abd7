"""Advice on whole deployments: memory, model files, names, and what versions share."""

from collections.abc import Callable
from dataclasses import replace

from endpoints.advice.deployments import advise_on_names
from endpoints.advice.rules import advise_on_endpoints
from endpoints.manifest import Resources
from endpoints.stack_file import Settings
from tests.unit.advice.conftest import Subjects

TWO = """\
- endpoint: {name: serve, image: x, wsgi: app, resources: {memory: {min: 64}}}
- endpoint: {name: limited, image: x, wsgi: app, resources: {memory: {max: 64}}}
- endpoint: {name: greet, image: x, wsgi: app}
"""
FILES = """\
- endpoint:
    name: serve
    image: x
    wsgi: app
    resources: {memory: {max: 64}}
    files: [{name: model, path: m}]
"""
PLACE = "stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[0].endpoints.serve.files.model: "


def told(subjects: Subjects, manifest: str, settings: str = "", commit: str | None = None) -> list[str]:
    return [str(problem) for problem in advise_on_endpoints(subjects(manifest, settings, commit))]


def test_endpoints_without_a_memory_limit_share_one_piece_of_advice(subjects: Subjects) -> None:
    (message,) = told(subjects, TWO)
    assert message.startswith(
        "valohai.yaml:1: serve.resources.memory.max: is missing (also of greet): without a limit one pod "
    )
    assert message.endswith("add resources: {memory: {min: ..., max: ...}} in MB")


def test_a_model_file_of_a_pinned_version_should_have_a_digest(subjects: Subjects) -> None:
    (message,) = told(subjects, FILES, "files: {model: {path: model.npz}}", "a" * 40)
    assert message.startswith(f"{PLACE}has no sha256, so this version would change without notice")


def test_a_model_file_from_elsewhere_should_have_a_digest_in_any_case(subjects: Subjects) -> None:
    (message,) = told(subjects, FILES, 'files: {model: {uri: "https://a.example/m"}}')
    assert message.startswith(f"{PLACE}has no sha256")


def test_a_model_file_with_a_digest_or_of_work_in_progress_is_passed_over(subjects: Subjects) -> None:
    digest = f'files: {{model: {{path: model.npz, sha256: "{"0" * 64}"}}}}'
    assert told(subjects, FILES, digest, "a" * 40) == []
    assert told(subjects, FILES, "files: {model: {path: model.npz}}") == []


def test_what_versions_share_is_told_once_at_the_last_one(subjects: Subjects) -> None:
    (first,) = subjects("- endpoint: {name: serve, image: x, server-command: uvicorn a:b}\n")
    file = "project@123456789abc/valohai.yaml"
    others = [
        replace(first, version=name, definition=replace(first.definition, file=file))
        for name in ("20261102.0", "20261103.0")
    ]
    command, memory = [str(problem) for problem in advise_on_endpoints([first, *others])]

    assert command.startswith(f"{file}:1: serve.server-command: Uvicorn listens on localhost")
    assert command.endswith(" (also in 20261101.0, 20261102.0)")
    assert memory.startswith(f"{file}:1: serve.resources.memory.max: is missing: without a limit")


def test_a_limit_that_the_last_version_has_is_not_missed_in_earlier_ones(subjects: Subjects) -> None:
    limited, unlimited = subjects(
        "- endpoint: {name: serve, image: x, wsgi: app, resources: {memory: {max: 64}}}\n"
        "- endpoint: {name: other, image: x, wsgi: app}\n"
    )
    earlier = replace(limited, version="1", endpoint=replace(limited.endpoint, resources=Resources()))
    (message,) = [str(problem) for problem in advise_on_endpoints([earlier, limited, unlimited])]
    assert message.startswith("valohai.yaml:2: other.resources.memory.max: is missing: without a limit")


def test_deployments_are_advised_apart(subjects: Subjects) -> None:
    (one,) = subjects("- endpoint: {name: serve, image: x, wsgi: app}\n")
    assert len(list(advise_on_endpoints([one, replace(one, deployment=1)]))) == 2


def deployments(*names: str) -> str:
    head = "config:\n  endpoints:organization: acme\n  endpoints:cluster: {kind: embedded}\n"
    return f"{head}  endpoints:deployments:\n" + "".join(
        f"    - {{project: shapes, name: {name}, source: project, versions: [{{name: v1}}]}}\n"
        for name in names
    )


def test_deployments_that_differ_only_in_case_are_told_once(settings_of: Callable[[str], Settings]) -> None:
    (advice,) = advise_on_names(settings_of(deployments("staging", "prod", "Prod")))
    assert str(advice) == (
        "stacks/Pulumi.test.yaml:7: endpoints:deployments[2].name: /acme/shapes/Prod and /acme/shapes/prod "
        "differ only in case; they are two addresses, but people and tools confuse them; rename one of them"
    )


def test_versions_and_aliases_that_differ_only_in_case_are_told(
    settings_of: Callable[[str], Settings],
) -> None:
    text = deployments("prod").replace(
        "versions: [{name: v1}]",
        "versions: [{name: v1}, {name: V1}, {name: v2}], aliases: {Latest: v1, latest: v2}",
    )
    version, alias = advise_on_names(settings_of(text))
    assert version.key == "endpoints:deployments[0].versions[1].name"
    assert version.text.startswith("/acme/shapes/prod/V1 and /acme/shapes/prod/v1 differ only in case")
    assert alias.key == "endpoints:deployments[0].aliases.latest"


def test_names_that_differ_in_more_are_fine(settings_of: Callable[[str], Settings]) -> None:
    assert list(advise_on_names(settings_of(deployments("prod", "production", "staging")))) == []


def test_a_disabled_version_takes_part_in_no_comparison(settings_of: Callable[[str], Settings]) -> None:
    text = deployments("prod").replace("{name: v1}", "{name: v1}, {name: V1, enabled: false}")
    assert list(advise_on_names(settings_of(text))) == []
