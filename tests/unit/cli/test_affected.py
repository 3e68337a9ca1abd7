"""`affected` names exactly the stacks whose deployment can differ."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import STACK, Ran

Run = Callable[..., Ran]
Git = Callable[..., str]


@pytest.fixture
def repository(program: Path, git: Git) -> Path:
    """The program of one repository with the stacks `pinned`, `other` and `test`, all committed."""
    git(program, "init", "--initial-branch=main")
    (program / "endpoints").mkdir()
    (program / "endpoints/program.py").write_text("")
    (program / "circles").mkdir()
    (program / "circles/valohai.yaml").write_text("")
    (program / "stacks/Pulumi.other.yaml").write_text(STACK.replace("source: shapes", "source: circles"))
    git(program, "add", "--all")
    git(program, "commit", "--message=start")
    commit = git(program, "rev-parse", "HEAD")
    pinned = STACK.replace('name: "20261101.0"', f'name: "20261101.0"\n          commit: "{commit}"')
    (program / "stacks/Pulumi.pinned.yaml").write_text(pinned)
    git(program, "add", "--all")
    git(program, "commit", "--message=pinned")
    return program


def test_nothing_changed_touches_no_stack(repository: Path, run: Run) -> None:
    assert run("affected") == Ran(0, "", "")
    assert run("affected", "--format=json") == Ran(0, "[]\n", "")
    assert repository.is_dir()


def test_a_stack_file_touches_its_stack(repository: Path, run: Run) -> None:
    file = repository / "stacks/Pulumi.other.yaml"
    file.write_text(f"{file.read_text()}# a word\n")
    assert run("affected").output == "other: its stack file changed\n"


def test_a_source_touches_the_stacks_that_deploy_it_as_it_stands_and_no_pinned_version(
    repository: Path, run: Run
) -> None:
    (repository / "shapes/app.py").write_text("app = 1\n")
    assert run("affected").output == "test: a file that it deploys changed: shapes/app.py\n"


def test_a_removed_and_a_new_file_of_a_source_touch_it(repository: Path, run: Run) -> None:
    (repository / "shapes/app.py").unlink()
    assert run("affected", "--format=names").output == "test\n"
    (repository / "circles/new.py").write_text("")
    assert run("affected", "--format=names").output == "other\ntest\n"


def test_the_program_touches_every_stack(repository: Path, run: Run) -> None:
    (repository / "endpoints/program.py").write_text("x = 1\n")
    ran = run("affected", "--format=json")
    assert json.loads(ran.output) == ["other", "pinned", "test"]


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/page.md",
        "endpoints/README.md",
        "endpoints/__pycache__/plan.cpython-311.pyc",
        "tests/test_x.py",
    ],
)
def test_what_no_deployment_depends_on_touches_none(repository: Path, run: Run, name: str) -> None:
    file = repository / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("text")
    assert run("affected").output == ""


def test_a_model_file_beside_the_source_touches_the_stack(repository: Path, run: Run) -> None:
    file = repository / "stacks/Pulumi.other.yaml"
    file.write_text(file.read_text().replace("greet: {}", "greet: {files: {model: {path: model.bin}}}"))
    assert run("affected").output == "other: its stack file changed\n"
    ran = run_with_files(run, "model.bin")
    assert ran.output == "other: a file that it deploys changed: model.bin\n"


def run_with_files(run: Run, *names: str) -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("".join(f"{name}\n" for name in names)))
        return run("affected", "--files")


def test_a_stack_file_that_cannot_be_read_is_touched_so_that_its_preview_tells_why(
    repository: Path, run: Run
) -> None:
    (repository / "stacks/Pulumi.other.yaml").write_text("config: {")
    ran = run_with_files(run, "shapes/app.py")
    assert ran.output == (
        "other: its stack file cannot be read\ntest: a file that it deploys changed: shapes/app.py\n"
    )


def test_a_pull_request_is_compared_with_where_it_left_its_base(repository: Path, run: Run, git: Git) -> None:
    git(repository, "checkout", "-b", "change")
    (repository / "shapes/app.py").write_text("app = 1\n")
    git(repository, "commit", "--all", "--message=change")
    git(repository, "checkout", "main")
    (repository / "circles/valohai.yaml").write_text("- step: {}\n")
    git(repository, "commit", "--all", "--message=meanwhile")
    git(repository, "checkout", "change")
    assert run("affected", "--base=main").output == "test: a file that it deploys changed: shapes/app.py\n"


def test_an_unknown_base_says_what_to_fetch(repository: Path, run: Run) -> None:
    ran = run("affected", "--base=origin/main")
    assert ran.code == 1
    assert "origin/main: has no common history with HEAD" in ran.errors
    assert "fetch-depth: 0" in ran.errors
    assert repository.is_dir()


@pytest.mark.usefixtures("program")
def test_outside_of_git_the_changed_files_have_to_be_named(run: Run) -> None:
    ran = run("affected")
    assert ran.code == 1
    assert "is not in a git repository; name the changed files with --files" in ran.errors
