"""A pull request's whole course: a changed stack file, the stacks that it touches, a preview, the report."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.changes import NEW, OLD, base, configure, write_shop
from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import NAME

pytestmark = pytest.mark.cluster

ORGANIZATION = "trial"
NAMESPACE = "trial-shop-production"

Command = Callable[..., subprocess.CompletedProcess[str]]


def settings(latest: str = OLD) -> dict[str, Any]:
    """Return the stack of the recorded previews under a name of its own, without its second deployment."""
    found = base()
    found["organization"] = ORGANIZATION
    del found["deployments"][1]
    found["deployments"][0]["aliases"]["latest"] = latest
    return found


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    """Return a deployed stack whose program and stack files are a git repository's branch `main`."""
    made = new_stack("pull-request")
    write_shop(made.directory / "shop")
    configure(made, settings())
    other = made.directory / "stacks/Pulumi.other.yaml"
    other.write_text(
        "config:\n"
        "  endpoints:organization: other\n"
        "  endpoints:cluster: {kind: embedded}\n"
        "  endpoints:deployments: []\n"
    )
    (made.directory / ".gitignore").write_text("state/\n.endpoints/\n.venv\n__pycache__/\n")
    made.up()
    for arguments in (("init", "--initial-branch=main"), ("add", "--all"), ("commit", "--message=deployed")):
        git(made, *arguments)
    git(made, "checkout", "-b", "change")
    return made


def git(stack: Stack, *arguments: str) -> None:
    somebody = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *somebody, *arguments], cwd=stack.directory, check=True, capture_output=True)


@pytest.fixture
def command(stack: Stack) -> Command:
    def run(*arguments: str, standard_input: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "endpoints", *arguments],
            cwd=stack.directory,
            env=stack.environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_a_moved_alias_goes_from_the_stack_file_to_the_comment(stack: Stack, command: Command) -> None:
    configure(stack, settings(latest=NEW))
    git(stack, "commit", "--all", "--message=Move latest")

    checked = command("check")
    assert checked.returncode == 0, checked.stdout
    affected = command("affected", "--base", "main", "--format", "json")
    assert json.loads(affected.stdout) == [NAME]

    preview = stack.preview_json()
    assert "s3cret-of-the-shop" not in preview
    report = command("report", "-", standard_input=preview).stdout
    address = f"{ORGANIZATION}/shop/production/latest/score"
    assert report.startswith("### `trial`: 1 alias moved\n")
    assert f"🟡 alias moved: {OLD} → {NEW} |  |  | no restart |" in report
    assert f"http://127.0.0.1:8080/{address}" in report or f"/{address})" in report
    assert command("policy", "-", "--settings", "policies.yaml", standard_input=preview).returncode == 1
    (stack.directory / "policies.yaml").write_text("production: []\n")
    assert command("policy", "-", "--settings", "policies.yaml", standard_input=preview).returncode == 0

    stack.up()
    after = command("report", "-", standard_input=stack.preview_json())
    assert after.stdout == "**`trial`**: nothing changes\n"


def test_what_was_changed_by_hand_is_told_and_nothing_else_is(
    stack: Stack, command: Command, kubectl: Kubectl
) -> None:
    drift = ("preview", "--refresh", "--diff", "--expect-no-changes")
    take_back = {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}
    stack.succeed(*drift, **take_back)
    (autoscaler, _) = kubectl.get("horizontalpodautoscalers", NAMESPACE)
    name = autoscaler["metadata"]["name"]
    patch = '{"spec": {"maxReplicas": 9}}'
    kubectl.run("patch", "hpa", name, "--namespace", NAMESPACE, "--type=merge", "--patch", patch)
    try:
        assert "maxReplicas" in stack.fail(*drift, **take_back)
        seen = stack.succeed("preview", "--refresh", "--json", "--show-sames", **take_back)
        report = command("report", "-", standard_input=seen)
        assert report.stdout.startswith("### `trial`: 1 endpoint with new settings\n")
        assert "| 1-9 → 1-4 |" in report.stdout
        assert 'conflict with "kubectl-patch" using autoscaling/v2: .spec.maxReplicas' in stack.fail(*drift)
    finally:
        stack.succeed("up", "--yes", "--skip-preview", "--refresh", **take_back)
    (autoscaler, _) = kubectl.get("horizontalpodautoscalers", NAMESPACE)
    assert autoscaler["spec"]["maxReplicas"] == 4
    stack.succeed(*drift)


def test_a_removed_deployment_is_told_before_everything_else(stack: Stack, command: Command) -> None:
    removed = settings()
    removed["deployments"] = []
    removed.pop("prices")
    configure(stack, removed)
    report = command("report", "-", standard_input=stack.preview_json()).stdout
    assert report.splitlines()[:3] == [
        "### ⛔ `trial`: 1 namespace destroyed, 2 endpoints removed, 1 alias removed",
        "",
        "> [!CAUTION]",
    ]
    assert f"`{NAMESPACE}` is destroyed with everything in it" in report
    assert Path(stack.directory / "stacks/Pulumi.trial.yaml").exists()
