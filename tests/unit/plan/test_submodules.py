"""A submodule that is not there keeps back the endpoints that may need it, and no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import StackPlan
from tests.unit.source.conftest import Git

Plan = Callable[[str], StackPlan]


@pytest.fixture(autouse=True)
def submodule(root: Path, git: Git) -> None:
    """Give the project a submodule at vendor/library that is not checked out."""
    project = root / "project"
    (project / "greet.py").write_text("print(1)\n")
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    head = git(project, "rev-parse", "HEAD")
    git(project, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/library")
    (project / "vendor/library").mkdir(parents=True)


def test_endpoints_whose_files_do_not_name_it_are_deployed_with_advice(plan: Plan, stack: str) -> None:
    planned = plan(stack)
    told = [str(problem) for problem in planned.advice if "submodule" in problem.text]
    assert told == [
        "stacks/Pulumi.test.yaml:8: endpoints:deployments[0].source: project: the git submodule "
        "vendor/library is not checked out; run: git submodule update --init --recursive (no error: no file "
        "that the endpoints serve names it)"
    ]
    assert len(planned.deployments[0].versions[0].endpoints) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda project: (project / "app.py").write_text("from vendor.library import application\n"),
        lambda project: (project / "requirements.txt").write_text("-e ./vendor/library\n"),
        lambda project: (project / "app.py").write_text("import importlib\nimport_module = importlib.x\n(\n"),
    ],
    ids=["import", "requirement", "unknown"],
)
def test_an_endpoint_that_may_need_it_is_an_error(
    plan: Plan, stack: str, root: Path, change: Callable[[Path], object]
) -> None:
    change(root / "project")
    with pytest.raises(
        ProjectError, match=r"vendor/library is not checked out; .* \(the endpoint predict may"
    ):
        plan(stack)
