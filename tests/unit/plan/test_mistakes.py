import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.cluster import names as naming
from endpoints.cluster.names import HASH_LENGTH
from endpoints.errors import ProjectError
from endpoints.plan import StackPlan
from endpoints.plan.address import Address, Alias, Share

Plan = Callable[[str], StackPlan]

STACK_FILE = "stacks/Pulumi.test.yaml"
VERSION = "endpoints:deployments[0].versions[0]"


def mistakes(plan: Plan, text: str) -> list[str]:
    with pytest.raises(ProjectError) as raised:
        plan(text)
    return str(raised.value).splitlines()


def test_settings_for_an_unknown_endpoint_name_the_known_ones(plan: Plan, stack: str) -> None:
    assert mistakes(plan, stack.replace("greet:", "great:")) == [
        f"{STACK_FILE}:14: {VERSION}.endpoints.great: project/valohai.yaml has no endpoint of this "
        "name; did you mean greet? known: greet, predict"
    ]


def test_a_missing_model_file_is_named_with_its_place_in_the_manifest(plan: Plan, stack: str) -> None:
    assert mistakes(plan, stack.replace("files: {model: {path: model.npz}}", "files: {}")) == [
        f"{STACK_FILE}:13: {VERSION}.endpoints.predict.files.model: is missing; "
        "project/valohai.yaml:13 expects this file at models/model.npz; "
        "add endpoints: {predict: {files: {model: {path: ...}}}} to the version"
    ]


def test_a_missing_model_file_that_lies_in_the_project_is_offered(plan: Plan, stack: str, root: Path) -> None:
    (root / "project/models").mkdir()
    (root / "project/models/model.npz").write_bytes(b"weights")
    (message,) = mistakes(plan, stack.replace("files: {model: {path: model.npz}}", "files: {}"))
    assert message.endswith(
        "expects this file at models/model.npz (project/models/model.npz is there); add endpoints: "
        "{predict: {files: {model: {path: project/models/model.npz}}}} to the version"
    )


def test_a_missing_model_file_is_also_told_where_no_endpoint_is_listed(plan: Plan, stack: str) -> None:
    (message,) = mistakes(plan, stack.partition("          endpoints:")[0])
    assert message.startswith(f"{STACK_FILE}:10: {VERSION}.endpoints.predict.files.model: is missing")
    # In the version it would choose this endpoint alone.
    assert message.endswith("add endpoints: {predict: {files: {model: {path: ...}}}} to the deployment")


def test_a_file_that_the_endpoint_does_not_have_is_refused(plan: Plan, stack: str) -> None:
    text = stack.replace("path: model.npz}}", "path: model.npz}, modle: {path: model.npz}}")
    assert mistakes(plan, text) == [
        f"{STACK_FILE}:13: {VERSION}.endpoints.predict.files.modle: the endpoint has no such file; "
        "did you mean model? known: model"
    ]


def test_a_model_file_that_is_not_there_or_another_is_told_with_its_setting(plan: Plan, stack: str) -> None:
    (missing,) = mistakes(plan, stack.replace("model.npz", "nowhere.npz"))
    (wrong,) = mistakes(plan, stack.replace("model.npz", f'model.npz, sha256: "{"0" * 64}"'))

    place = f"{STACK_FILE}:13: {VERSION}.endpoints.predict.files.model: "
    assert missing.startswith(f"{place}nowhere.npz: there is no such file")
    assert wrong.startswith(f"{place}model.npz: found sha256 ")
    assert f"expected {'0' * 64}" in wrong


def test_a_source_that_is_not_there_is_told_with_its_setting(plan: Plan, stack: str) -> None:
    (message,) = mistakes(plan, stack.replace("source: project", "source: ../digits"))
    assert message.startswith(f"{STACK_FILE}:8: endpoints:deployments[0].source: ../digits: there is no such")


def test_an_unknown_commit_is_told_with_its_setting(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    git(root / "project", "init", "--quiet")
    text = stack.replace('"20261101.0"', '"20261101.0"\n          commit: abcdef0')
    (message,) = mistakes(plan, text)
    assert message.startswith(f"{STACK_FILE}:11: {VERSION}.commit: project: has no commit abcdef0")


def test_a_mistake_in_the_manifest_has_the_manifests_place(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("port: 9000", "port: 80"))
    (message,) = mistakes(plan, stack)
    assert message.startswith("project/valohai.yaml:22: greet.port: found the number 80")


def test_a_missing_manifest_is_told_by_the_users_name_for_it(plan: Plan, stack: str) -> None:
    text = stack.replace("source: project", "source: project\n      yaml: serving/valohai.yaml")
    assert mistakes(plan, text) == [
        "project/serving/valohai.yaml: there is no such file; set the deployment's yaml to an "
        "existing file: valohai.yaml"
    ]


def test_the_projects_of_one_repository_are_told_with_both_ways_to_name_them(
    plan: Plan, stack: str, root: Path
) -> None:
    manifest = root / "project/valohai.yaml"
    for name in ("chat", "vision"):
        (root / "project/services" / name).mkdir(parents=True)
        shutil.copy(manifest, root / "project/services" / name)
    manifest.unlink()
    listed = "services/chat/valohai.yaml, services/vision/valohai.yaml"
    remedy = f"set the deployment's yaml to an existing file: {listed}; or set source to the directory of its"
    assert mistakes(plan, stack) == [
        f"project/valohai.yaml: there is no such file; {remedy} code: project/services/chat, "
        "project/services/vision"
    ]
    text = stack.replace("source: project", "source: project\n      yaml: services/chat")
    (message,) = mistakes(plan, text)
    assert message.startswith(f"project/services/chat: is a directory; {remedy}")


def test_a_commit_without_a_manifest_is_told_so(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    manifest = root / "project/valohai.yaml"
    text = manifest.read_text()
    manifest.unlink()
    git(root / "project", "init", "--quiet")
    git(root / "project", "add", ".")
    git(root / "project", "commit", "--quiet", "--message", "before there were endpoints")
    commit = git(root / "project", "rev-parse", "HEAD")
    assert mistakes(plan, stack) == [
        "project/valohai.yaml: there is no such file; a project needs one; if the file has another "
        "name, set the deployment's yaml"
    ]

    manifest.write_text(text)
    assert mistakes(plan, stack.replace('"20261101.0"', f'"20261101.0"\n          commit: "{commit}"')) == [
        f"project@{commit[:12]}/valohai.yaml: there is no such file; this commit has none; give "
        "another commit, or set the deployment's yaml if the file has another name"
    ]


def test_a_manifest_without_endpoints_is_told_so(plan: Plan, stack: str, root: Path) -> None:
    (root / "project/valohai.yaml").write_text("- step: {name: train}\n")
    (message,) = mistakes(plan, stack.partition("          endpoints:")[0])
    assert message == (
        f"{STACK_FILE}:10: {VERSION}: project/valohai.yaml has no endpoint; add one, or remove the version"
    )


def test_a_mistake_in_the_requirements_is_told_by_the_users_name_for_the_file(
    plan: Plan, stack: str, root: Path
) -> None:
    (root / "project/requirements.txt").write_text("flask\n-r more.txt\n")
    messages = mistakes(plan, stack)
    assert messages[0].startswith("project/requirements.txt:2: it includes 'more.txt', which does not exist")
    assert len(messages) == 1, "both endpoints share the problem"


def test_an_http_probe_of_a_command_needs_a_path(plan: Plan, stack: str) -> None:
    (message,) = mistakes(plan, stack.replace("greet: {}", "greet: {probe: {kind: http}}"))
    assert message.startswith(f"{STACK_FILE}:14: {VERSION}.endpoints.greet.probe.path: is missing")


def test_a_key_of_a_newer_schema_is_not_passed_over(
    plan: Plan, stack: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("endpoints.manifest.load.check_schema", lambda *_: None)
    monkeypatch.setattr("endpoints.manifest.load.check_lint", lambda *_: None)
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text() + "    brand-new: 1\n")
    (message,) = mistakes(plan, stack)
    assert message.startswith("project/valohai.yaml:25: greet.brand-new: is not supported yet")

    (deployment,) = plan(stack.replace("            greet: {}\n", "")).deployments
    assert len(deployment.versions[0].endpoints) == 1, "only if its endpoint is chosen"


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("registry: {repository: r.acme.example}", "registry"),
        ("routing: {kind: ingress, ingressClass: nginx}", "routing.ingressClass"),
        ("routing: {kind: gateway, host: models.acme.example}", "routing.host"),
        ("routing: {kind: gateway, gateway: {name: a, namespace: b}}", "routing.gateway"),
    ],
)
def test_what_the_embedded_cluster_brings_itself_is_not_passed_over(
    plan: Plan, stack: str, setting: str, key: str
) -> None:
    (message,) = mistakes(plan, f"{stack}  endpoints:{setting}\n")
    assert message == f"{STACK_FILE}:15: endpoints:{key}: is set by the embedded cluster; remove it"


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (
            "greet: {}",
            "greet: {environment: {KEY: {secret: kye}}}",
            f"14: {VERSION}.endpoints.greet.environment.KEY",
        ),
        (
            "source: project",
            "source: project\n      environment: {KEY: {secret: kye}}",
            "9: endpoints:deployments[0].environment.KEY",
        ),
        ('"20261101.0"', '"20261101.0"\n          environment: {KEY: {secret: kye}}', f"11: {VERSION}"),
        ("config:", "config:\n  endpoints:environment: {KEY: {secret: kye}}", "3: endpoints:environment.KEY"),
    ],
)
def test_a_secret_that_does_not_exist_is_told_with_the_known_ones_and_no_value(
    plan: Plan, stack: str, before: str, after: str, place: str
) -> None:
    text = stack.replace(before, after) + "  endpoints:secrets: {key: {secure: s73577357}}\n"
    (message,) = mistakes(plan, text)

    assert message.startswith(f"{STACK_FILE}:{place}")
    assert message.endswith(
        'found secret "kye", which is not in endpoints:secrets; did you mean key? known: key; '
        "or set it: pulumi config set --secret --path 'endpoints:secrets.kye'"
    )
    assert "s73577357" not in message


def test_all_problems_of_a_stack_are_told_at_once(
    plan: Plan, stack: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("endpoints.manifest.load.check_schema", lambda *_: None)
    monkeypatch.setattr("endpoints.manifest.load.check_lint", lambda *_: None)
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text() + "    brand-new: 1\n")
    other = (
        stack[stack.index("    - project") :]
        .replace("production", "staging")
        .replace("project\n", "nowhere\n")
    )
    text = stack.replace("path: model.npz", "path: nowhere.npz") + other

    messages = mistakes(plan, text)

    assert len(messages) == 3
    assert "greet.brand-new" in "".join(messages)
    assert "files.model: nowhere.npz" in "".join(messages)
    assert "deployments[1].source: nowhere: there is no such directory" in "".join(messages)


def test_versions_of_one_broken_manifest_tell_of_it_once(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("port: 9000", "port: 80"))
    version = stack[stack.index("        - name") :].replace("20261101.0", "20261101.1")
    assert len(mistakes(plan, stack + version)) == 1


def test_a_refused_plan_prunes_nothing(plan: Plan, stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("endpoints.plan.stack.prune", lambda root: pytest.fail(f"pruned {root}"))
    mistakes(plan, stack.replace("greet:", "great:"))


def test_two_endpoints_that_become_one_object_are_refused(plan: Plan, stack: str, root: Path) -> None:
    """A name with a hash can be had without one, by whoever puts the hash into the version's name."""
    digest = Address("acme", "shapes", "production", "20261101.0", "greet").object_name[-HASH_LENGTH:]
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("name: predict", "name: greet-20261101-0"))
    text = stack.replace("            predict:\n              files: {model: {path: model.npz}}\n", "")
    text += f'        - name: "{digest}"\n          endpoints:\n            greet-20261101-0:\n'
    text += "              files: {model: {path: model.npz}}\n"

    (message,) = mistakes(plan, text)
    assert message.startswith(f"{STACK_FILE}:9: endpoints:deployments[0].versions: ")
    assert f"maps to the object name greet-20261101-0-{digest}, already used by " in message


def test_an_alias_that_becomes_the_object_of_a_version_is_refused(plan: Plan, stack: str, root: Path) -> None:
    target = Address("acme", "shapes", "production", "20261101.0", "greet")
    digest = Alias("1.0", (Share(target),)).object_name[-HASH_LENGTH:]
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("name: predict", "name: greet-alias-1-0"))
    text = stack.replace("            predict:\n              files: {model: {path: model.npz}}\n", "")
    text = text.replace("source: project", 'source: project\n      aliases: {"1.0": "20261101.0"}')
    text += f'        - name: "{digest}"\n          endpoints:\n            greet-alias-1-0:\n'
    text += "              files: {model: {path: model.npz}}\n"

    (message,) = mistakes(plan, text)
    assert message.startswith(f"{STACK_FILE}:9: endpoints:deployments[0].aliases: ")
    assert f"maps to the object name greet-alias-1-0-{digest}, already used by " in message


def test_two_deployments_that_become_one_namespace_are_refused(
    plan: Plan, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the hash keeps these two apart; the test takes it away."""
    monkeypatch.setattr(naming, "HASH_LENGTH", 0)
    one = stack.replace("production", "Production")
    other = one[one.index("    - project") :].replace("Production", "PRODUCTION")

    (message,) = mistakes(plan, one + other)
    assert message.startswith(
        f"{STACK_FILE}:16: endpoints:deployments[1].name: acme/shapes/PRODUCTION maps to the "
    )
    assert "the namespace acme-shapes-production-" in message
    assert "already used by acme/shapes/Production; rename one of them" in message
