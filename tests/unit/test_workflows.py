"""The workflows have the shape that they promise: pinned actions, least rights, and no two runs that race."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.cli.command_line import COMMANDS

ROOT = Path(__file__).parents[2]
OWN = sorted((ROOT / ".github/workflows").glob("*.yml"))
OF_TEMPLATE = sorted((ROOT / "template/.github/workflows").glob("*.yml"))


def load(file: Path) -> dict[str, Any]:
    # `on` is a truth value in YAML 1.1, and a text to GitHub.
    found = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(file)["jobs"].items()


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for _, job in jobs(file):
        yield from job["steps"]


WORKFLOWS = pytest.mark.parametrize("file", [*OWN, *OF_TEMPLATE], ids=lambda file: file.name)


def test_there_are_workflows_for_the_project_and_for_its_users() -> None:
    assert [file.name for file in OWN] == ["ci.yml"]
    assert [file.name for file in OF_TEMPLATE] == ["deploy.yml", "drift.yml", "preview.yml"]


@WORKFLOWS
def test_every_action_has_a_version(file: Path) -> None:
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", name)] == []


@WORKFLOWS
def test_by_default_the_token_may_only_read(file: Path) -> None:
    assert load(file)["permissions"] == {"contents": "read"}


@WORKFLOWS
def test_jobs_may_do_no_more_than_read_sign_in_and_comment(file: Path) -> None:
    allowed = {("contents", "read"), ("id-token", "write"), ("pull-requests", "write")}
    for name, job in jobs(file):
        assert set(job.get("permissions", {}).items()) <= allowed, name


@WORKFLOWS
def test_every_job_ends_some_time(file: Path) -> None:
    assert all(int(job["timeout-minutes"]) <= 120 for _, job in jobs(file))


@WORKFLOWS
def test_no_checkout_leaves_the_token_behind(file: Path) -> None:
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


@WORKFLOWS
def test_no_script_holds_an_expression_which_could_hold_a_command(file: Path) -> None:
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@WORKFLOWS
def test_secrets_are_given_as_variables_of_the_environment_or_inputs_alone(file: Path) -> None:
    for step in steps(file):
        used = {key for key, value in step.items() if "secrets." in str(value)}
        assert used <= {"env", "with"}


@WORKFLOWS
def test_the_commands_of_this_program_exist(file: Path) -> None:
    used = re.findall(r"python -m endpoints ([\w-]+)", file.read_text(encoding="utf-8"))
    assert set(used) <= set(COMMANDS)


@WORKFLOWS
def test_actionlint_finds_nothing(file: Path) -> None:
    if shutil.which("actionlint") is None:
        pytest.skip("no actionlint on PATH: go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
    linted = subprocess.run(["actionlint", file], capture_output=True, text=True, timeout=60)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_a_stack_is_deployed_by_one_run_at_a_time_which_is_never_ended_halfway() -> None:
    deploy = load(ROOT / "template/.github/workflows/deploy.yml")["jobs"]["deploy"]
    assert deploy["concurrency"] == {"group": "deploy-${{ matrix.stack }}", "cancel-in-progress": "false"}
    others = [job for file in OF_TEMPLATE for name, job in jobs(file) if name != "deploy"]
    assert all("deploy-" not in str(job.get("concurrency", "")) for job in others)


def test_pull_requests_from_forks_get_no_credentials() -> None:
    preview = load(ROOT / "template/.github/workflows/preview.yml")
    assert list(preview["on"]) == ["pull_request"]
    with_secrets = {name for name, job in preview["jobs"].items() if "secrets." in str(job)}
    assert with_secrets == {"preview"}
    condition = preview["jobs"]["preview"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_only_the_job_that_comments_may_comment() -> None:
    allowed = {
        name
        for name, job in jobs(ROOT / "template/.github/workflows/preview.yml")
        if "pull-requests" in job.get("permissions", {})
    }
    assert allowed == {"comment"}
