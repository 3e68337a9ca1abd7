"""`check` finds what a preview would refuse, at the same places, without Pulumi."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import STACK, Ran


@pytest.mark.usefixtures("program")
def test_a_valid_stack_file_is_one_line_with_what_it_would_deploy(run: Callable[..., Ran]) -> None:
    assert run("check") == Ran(
        0, "stacks/Pulumi.test.yaml: valid (1 deployment, 1 version, 1 endpoint)\n", ""
    )


def test_a_misspelt_key_is_told_with_file_line_and_the_nearest_key(
    program: Path, run: Callable[..., Ran]
) -> None:
    (program / "stacks/Pulumi.test.yaml").write_text(STACK.replace("source:", "sorce:"))
    ran = run("check", "stacks/Pulumi.test.yaml")
    assert ran.code == 1
    assert "stacks/Pulumi.test.yaml:7: endpoints:deployments[0].sorce: unknown key; did you mean source?" in (
        ran.output
    )


@pytest.mark.parametrize(
    ("cluster", "shown"),
    [
        ('{"kind": "embedded"}', "stacks/Pulumi.test.yaml: valid\n"),
        (
            '{"kind": "embeded"}',
            'stacks/Pulumi.test.yaml:3: endpoints:cluster: found "embeded"; allowed as kind',
        ),
        ('{"kind": embedded}', "stacks/Pulumi.test.yaml:3: endpoints:cluster: found "),
    ],
)
def test_an_answer_to_pulumi_new_is_json_in_a_string(
    program: Path, run: Callable[..., Ran], cluster: str, shown: str
) -> None:
    found = STACK.replace("cluster: {kind: embedded}", f"cluster: '{cluster}'")
    assert found != STACK
    (program / "stacks/Pulumi.test.yaml").write_text(found)
    assert run("check", "--settings-only").output.startswith(shown)


def test_a_mistake_in_valohai_yaml_is_told_at_its_own_place(program: Path, run: Callable[..., Ran]) -> None:
    manifest = program / "shapes/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("port:", "prot:"))
    ran = run("check")
    assert ran.code == 1
    assert "shapes/valohai.yaml:22: greet.prot: unknown key; did you mean port?" in ran.output


def test_a_mistake_in_an_endpoint_that_is_not_deployed_is_advice(
    program: Path, run: Callable[..., Ran]
) -> None:
    manifest = program / "shapes/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("wsgi:", "wsgy:"))
    ran = run("check")
    assert ran.code == 0
    assert "shapes/valohai.yaml:11: predict.wsgy: unknown key; did you mean wsgi?" in ran.output
    assert "(no error: not deployed) (advice)" in ran.output


def test_the_sources_need_not_be_there_for_the_settings_alone(program: Path, run: Callable[..., Ran]) -> None:
    (program / "shapes/valohai.yaml").unlink()
    assert run("check").code == 1
    assert run("check", "--settings-only") == Ran(0, "stacks/Pulumi.test.yaml: valid\n", "")


def test_a_file_of_a_project_with_another_name_is_told_once(program: Path, run: Callable[..., Ran]) -> None:
    (program / "Pulumi.yaml").write_text("name: models\nruntime: python\nstackConfigDir: stacks\n")
    assert run("check") == Ran(
        1,
        "stacks/Pulumi.test.yaml:2: endpoints:organization: begins with endpoints, but Pulumi.yaml names "
        "this project models; write models:organization, and change all other keys in the same way\n",
        "",
    )


def test_encrypted_values_are_not_needed(program: Path, run: Callable[..., Ran]) -> None:
    text = STACK.replace("      source:", "      environment: {KEY: {secret: token}}\n      source:")
    secret = "  endpoints:secrets: {token: {secure: v1:abc:def}}\n"
    (program / "stacks/Pulumi.test.yaml").write_text(text + secret)
    assert run("check").code == 0
    (program / "stacks/Pulumi.test.yaml").write_text(text + "  endpoints:secrets: {secure: v1:abc:def}\n")
    assert run("check").code == 0


def test_a_file_that_is_not_there_is_told_by_the_name_that_was_given(
    program: Path, run: Callable[..., Ran]
) -> None:
    assert (program / "Pulumi.yaml").is_file()
    ran = run("check", "Pulumi.tset.yaml")
    assert ran.code == 1
    assert ran.output.startswith("Pulumi.tset.yaml: there is no such file")


@pytest.mark.parametrize("written", ["endpoint:organization", "organization"])
def test_a_key_without_the_projects_namespace_is_not_passed_over(
    program: Path, run: Callable[..., Ran], written: str
) -> None:
    (program / "stacks/Pulumi.test.yaml").write_text(STACK.replace("endpoints:organization", written))
    ran = run("check")
    assert ran.code == 1
    assert f"stacks/Pulumi.test.yaml:2: {written}: " in ran.output
    assert "write endpoints:organization" in ran.output


def test_json_holds_every_problem_with_its_place(program: Path, run: Callable[..., Ran]) -> None:
    (program / "stacks/Pulumi.test.yaml").write_text(STACK.replace("acme", "kube-team"))
    ran = run("check", "--format", "json")
    (file,) = json.loads(ran.output)["files"]
    (problem,) = file["problems"]
    assert (ran.code, file["valid"]) == (1, False)
    assert (problem["file"], problem["line"], problem["key"]) == (
        "stacks/Pulumi.test.yaml",
        2,
        "endpoints:organization",
    )


def test_github_shows_a_problem_at_its_line(program: Path, run: Callable[..., Ran]) -> None:
    (program / "stacks/Pulumi.test.yaml").write_text(STACK.replace("acme", "100% kube"))
    ran = run("check", "--format", "github")
    assert ran.output.startswith(
        "::error file=stacks/Pulumi.test.yaml,line=2,title=endpoints%3Aorganization::found "
    )
    assert "100%25 kube" in ran.output


def test_a_problem_of_a_file_that_is_no_part_of_the_work_tree_is_told_at_the_stack_file(
    program: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    (program / "shapes/valohai.yaml").write_text("")
    monkeypatch.chdir(program / "stacks")
    ran = run("check", "--format", "github", "Pulumi.test.yaml")
    assert ran.output.startswith("::error file=Pulumi.test.yaml::shapes/valohai.yaml: ")


def test_a_file_outside_of_a_pulumi_project_says_where_stack_files_stand(
    run: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = run("check", str(tmp_path / "Pulumi.test.yaml"))
    assert ran.code == 1
    assert "is not in a Pulumi project; a stack file belongs in stacks/ beside Pulumi.yaml" in ran.output


def test_a_file_without_config_says_so(program: Path, run: Callable[..., Ran]) -> None:
    (program / "stacks/Pulumi.test.yaml").write_text("confg: {}\n")
    assert "stacks/Pulumi.test.yaml:1: config: is missing" in run("check").output


def test_every_stack_file_of_this_repository_is_valid(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    ran = run("check")
    assert ran.code == 0, ran.output
