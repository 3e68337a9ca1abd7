"""Projects whose dependencies are in pyproject.toml alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from endpoints.advice import Subject, advise_on_endpoints

Advice = Callable[..., list[str]]
Subjects = Callable[..., Sequence[Subject]]

PROJECT = '[project]\nname = "svc"\nversion = "1"\ndependencies = ["flask"]\n'
BUILD = '[build-system]\nrequires = ["setuptools"]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\n'


@pytest.fixture
def of_wsgi(subjects: Subjects) -> Advice:
    """Return the advice on an endpoint that serves `svc`."""

    def make(**files: str) -> list[str]:
        manifest = "- endpoint: {name: serve, image: x, wsgi: svc, resources: {memory: {max: 9}}}\n"
        return [str(found) for found in advise_on_endpoints(subjects(manifest, **files))]

    return make


def test_dependencies_without_requirements_are_told_with_the_line_that_installs_them(of_wsgi: Advice) -> None:
    (message,) = of_wsgi(pyproject__toml=BUILD + PROJECT, svc__py="")
    assert message == (
        "valohai.yaml:1: serve.wsgi: the dependencies in pyproject.toml are not installed: only "
        "requirements-deployment.txt or requirements.txt is; write one (a line with a dot alone installs the "
        "project with them), or pay no heed if the image has all of them"
    )


def test_a_module_below_src_is_told_as_well(of_wsgi: Advice, tmp_path: Path) -> None:
    (tmp_path / "project/src/svc").mkdir(parents=True)
    (tmp_path / "project/src/svc/__init__.py").touch()
    (message,) = of_wsgi(pyproject__toml=BUILD + PROJECT)
    assert "not installed, and src/svc/__init__.py is not found without being installed: only" in message


@pytest.mark.parametrize("project", [PROJECT, f'{POETRY}flask = "*"\n'])
def test_a_project_that_cannot_be_built_is_told_what_that_takes(of_wsgi: Advice, project: str) -> None:
    (message,) = of_wsgi(pyproject__toml=project, svc__py="")
    assert "with a [build-system] in pyproject.toml a line with a dot alone would install" in message


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject__toml": PROJECT, "requirements__txt": "flask\n"},
        {"pyproject__toml": PROJECT.replace('"flask"', "")},
        {"pyproject__toml": POETRY},
        {"pyproject__toml": "[tool.ruff]\nline-length = 100\n"},
        {"pyproject__toml": "[project\n"},
        {},
    ],
)
def test_a_project_that_needs_nothing_or_says_so_elsewhere_is_passed_over(
    of_wsgi: Advice, files: dict[str, str]
) -> None:
    assert of_wsgi(svc__py="", **files) == []


def test_a_command_that_may_install_by_itself_is_passed_over(advice: Advice) -> None:
    assert advice("uv run ./serve", pyproject__toml=PROJECT) == []
