"""A team's project made of the template and the installed package, away from this repository."""

import copy
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import ROOT, Stack
from tests.cluster.engine import Engine
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.package.environments import install, make_environment

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: echo
        image: python:3.11-slim
        wsgi: echo
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["SCRIPT_NAME"].encode()]
    """
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def build(tree: Path, directory: Path) -> Path:
    """Build the wheel as `make dist` does."""
    directory.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(directory),
        str(tree),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return max(directory.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with the wheel, as `make dist` leaves it."""
    directory = tmp_path_factory.mktemp("dist") / "template"
    shutil.copytree(ROOT / "template", directory)
    build(ROOT, directory / "wheels")
    return directory


@pytest.fixture(scope="module")
def directory(
    connection: dict[str, Any],  # noqa: ARG001 - skips where no cluster runs
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """What `pulumi new` makes of the template, with the package installed, and a Valohai project in it."""
    made = new_project(tmp_path_factory.mktemp("package") / "team", template)
    make_environment(made / ".venv", DEPENDENCIES)
    install(made / ".venv", made / "requirements.txt")
    write_project(made / "echo", MANIFEST, echo__py=APPLICATION)
    return made


def new_project(directory: Path, template: Path) -> Path:
    """Make a project without a stack, with the answers that `pulumi new` proposes."""
    new = ["pulumi", "new", str(template), "--dir", str(directory), "--offline", "--yes", "--generate-only"]
    subprocess.run(new, check=True, capture_output=True, timeout=60)
    return directory


def use_environment(engine: Engine, environment: Path) -> None:
    """Let the engine run programs with the Python of an environment.

    The language host that is built here is older than the option `virtualenv`: it runs the first `python`.
    """
    engine.environment["PATH"] = f"{environment}/bin{os.pathsep}{engine.environment['PATH']}"


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the package's command line in a project."""
    command = [str(directory / ".venv/bin/valohai-endpoints"), *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def project(directory: Path, in_the_background: Callable[[Callable[[], object]], None]) -> Iterator[Engine]:
    """The project with a stack."""
    written = run(
        directory,
        *("new-stack", "--cluster=embedded", "--team=trial", "--environment=package", "--organization=trial"),
        *("--project=package", "--version=1", "--source=echo"),
    )
    assert (written.returncode, written.stderr) == (0, "")
    state = directory.parent / "state"
    made = Engine(directory, state, "trial-package")
    use_environment(made, directory / ".venv")
    yield made
    in_the_background(made.destroy)


def test_the_stack_file_is_valid(project: Engine) -> None:
    checked = run(project.directory, "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "stacks/Pulumi.trial-package.yaml: valid" in checked.stdout


def test_the_schema_comes_with_the_package(directory: Path) -> None:
    printed = json.loads(run(directory, "schema").stdout)
    assert printed == json.loads((ROOT / "endpoints/stack_file/stack.schema.json").read_text())


def test_the_endpoint_is_deployed_and_answers(project: Engine) -> None:
    project.succeed("up", "--yes", "--skip-preview")
    (endpoint,) = project.output("endpoints").values()
    answered = wait_until(
        lambda: found if (found := request(endpoint["url"])).status == 200 else None, 60, "it is routed"
    )
    assert answered.body == "/trial/package/production/1/echo"


def test_a_higher_version_of_the_package_changes_nothing(
    project: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = tmp_path_factory.mktemp("next")
    for part in ("endpoints", "managed", "docs"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("LICENSE", "README.md"):
        shutil.copy(ROOT / file, tree)
    written = (ROOT / "pyproject.toml").read_text()
    raised = written.replace('\nversion = "0.1.0"\n', '\nversion = "0.2.0"\n')
    assert raised != written
    (tree / "pyproject.toml").write_text(raised)
    wheel = build(tree, project.directory / "wheels")
    requirements = project.directory / "requirements.txt"
    requirements.write_text(f"./wheels/{wheel.name}\n")
    install(project.directory / ".venv", requirements)

    listed = [str(project.directory / ".venv/bin/python"), "-m", "pip", "show", "valohai-endpoints"]
    assert "Version: 0.2.0" in subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    assert project.changes() == []


def test_a_stack_of_a_cloned_repository_moves_to_the_package_without_a_change(
    project: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    in_the_background: Callable[[Callable[[], object]], None],
) -> None:
    """What docs/upgrading.md says to do: the stack file moves, and the state stays where it is."""
    clone = Stack(tmp_path_factory.mktemp("clone") / "program", project.state_directory)
    write_project(clone.directory / "echo", MANIFEST, echo__py=APPLICATION)
    version = {"name": "1", "environment": {"MOVED": "yes"}}
    deployed = {"project": "moved", "name": "production", "source": "echo", "versions": [version]}
    clone.configure(organization="trial", cluster={"kind": "embedded"}, deployments=[deployed])
    try:
        clone.up()
        shutil.copy(clone.directory / f"stacks/Pulumi.{clone.name}.yaml", project.directory / "stacks")
        moved = copy.copy(project)
        moved.name = clone.name
        assert moved.changes() == []
        assert len(moved.resources()) > 10
    finally:
        in_the_background(clone.destroy)


def test_a_managing_stack_of_a_clone_moves_to_the_package_and_takes_another_team(
    directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
    in_the_background: Callable[[Callable[[], object]], None],
) -> None:
    first, second = (
        {"name": name, "organization": "package", "deployments": [{"project": name, "name": "production"}]}
        for name in ("first", "second")
    )
    clone = ManagingStack(tmp_path_factory.mktemp("managing") / "clone", "package")
    clone.configure(cluster={"kind": "embedded"}, teams=[first])
    moved = copy.copy(clone)
    moved.directory = new_project(tmp_path_factory.mktemp("managing") / "moved", ROOT / "template-managed")
    (moved.directory / ".venv").symlink_to(directory / ".venv")
    moved.environment = dict(clone.environment)
    use_environment(moved, directory / ".venv")
    try:
        clone.up()
        shutil.copy(clone.directory / "stacks/Pulumi.package.yaml", moved.directory / "stacks")
        assert moved.changes() == []

        moved.configure(cluster={"kind": "embedded"}, teams=[first, second])
        moved.up()
        assert moved.grant("second")["access"]
    finally:
        in_the_background(moved.destroy)


def test_the_plugin_for_attestations_starts_from_the_package(directory: Path) -> None:
    """The engine starts the file that Pulumi.yaml names, in the project's directory, and reads a port."""
    (plugin,) = yaml.safe_load((directory / "Pulumi.yaml").read_text())["plugins"]["providers"]
    program = directory / plugin["path"] / f"pulumi-resource-{plugin['name']}"
    with subprocess.Popen(
        [program, "127.0.0.1:1"],
        cwd=directory,
        env={**os.environ, "PULUMI_RUNTIME_VIRTUALENV": ".venv"},
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout is not None
        try:
            assert started.stdout.readline().strip().isdigit()
        finally:
            started.terminate()


def test_the_default_answers_to_pulumi_new_are_valid(directory: Path, template: Path, tmp_path: Path) -> None:
    """`pulumi new` itself writes a stack file, whose answers are strings; a cluster is JSON."""
    asked = yaml.safe_load((template / "Pulumi.yaml").read_text())["template"]["config"]
    file = directory / "stacks/Pulumi.answers.yaml"
    config = {f"endpoints:{key}": question["default"] for key, question in asked.items()}
    deployed = {"project": "p", "name": "d", "source": str(tmp_path), "versions": [{"name": "1"}]}
    file.write_text(yaml.safe_dump({"config": {**config, "endpoints:deployments": [deployed]}}))
    checked = run(directory, "check", "--settings-only", "stacks/Pulumi.answers.yaml")
    file.unlink()
    assert (checked.returncode, checked.stdout) == (0, "stacks/Pulumi.answers.yaml: valid\n")
