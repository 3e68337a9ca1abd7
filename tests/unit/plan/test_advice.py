"""Advice that a whole stack gets."""

from collections.abc import Callable
from pathlib import Path

from endpoints.plan import StackPlan
from tests.unit.plan.images import built

Plan = Callable[[str], StackPlan]


def commit(git: Callable[..., str], project: Path) -> str:
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    return git(project, "rev-parse", "HEAD")


def test_a_stack_that_does_all_well_gets_no_advice(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    commit(git, root / "project")
    assert plan(stack).advice == ()


def test_uncommitted_changes_of_a_directory_as_it_stands_are_told_with_the_files(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    project = root / "project"
    commit(git, project)
    for name in ("app.py", "b.py", "c.py", "d.py"):
        (project / name).write_text("application = None\n")
    version = stack[stack.index("        - name") :].replace("20261101.0", "20261102.0")
    (advice,) = plan(stack + version).advice

    assert str(advice) == (
        "stacks/Pulumi.test.yaml:8: endpoints:deployments[0].source: is deployed with uncommitted "
        "changes in app.py, b.py, c.py and 1 more; commit them and name the commit in the version, so that "
        "it can be deployed again"
    )


def test_uncommitted_changes_do_not_matter_to_a_version_that_names_a_commit(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    found = commit(git, root / "project")
    (root / "project/app.py").write_text("changed\n")
    text = stack.replace('"20261101.0"', f'"20261101.0"\n          commit: "{found}"')
    (advice,) = plan(text).advice

    assert "files.model: has no sha256" in str(advice), "of the model file alone"
    context = built(plan(text).deployments[0].versions[0].endpoints[0]).context
    assert (root / context / "app.py").read_text() != "changed\n"


def test_advice_on_a_command_reads_the_projects_own_code(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(
        manifest.read_text().replace(
            "python -m greet --port $PORT", "uvicorn app:app --host 0.0.0.0 --port $PORT"
        )
    )
    (root / "project/app.py").write_text("application = app = FastAPI()\n")
    (advice,) = plan(stack).advice
    assert str(advice).startswith("project/valohai.yaml:23: greet.server-command: neither the command nor")

    (root / "project/app.py").write_text("application = app = FastAPI(root_path=prefix)\n")
    assert plan(stack).advice == ()


def test_pointers_of_git_lfs_are_told_with_how_to_fetch_what_they_stand_for(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    project = root / "project"
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"
    for name in ("a.bin", "b.bin", "c.bin", "d.bin"):
        (project / name).write_text(pointer, encoding="utf-8")
    (project / ".gitattributes").write_text("*.bin filter=lfs\n", encoding="utf-8")
    head = commit(git, project)
    (as_it_stands,) = map(str, plan(stack).advice)
    assert "contains Git LFS pointers instead of a.bin, b.bin, c.bin and 1 more, so" in as_it_stands
    assert "run git lfs pull there, or ignore this if no endpoint needs these files" in as_it_stands
    text = stack.replace('"20261101.0"', f'"20261101.0"\n          commit: "{head}"')
    told = [str(problem) for problem in plan(text).advice]
    assert [message for message in told if "git lfs install on this machine, then commits are" in message]
