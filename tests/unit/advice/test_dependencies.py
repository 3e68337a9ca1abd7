"""Dependencies that are not installed, and requirements whose gunicorn is too old for the application."""

from pathlib import Path

import pytest

from endpoints.advice.dependencies import advise_on_missing_git
from tests.unit.advice.conftest import Advice, Subjects

PROJECT = '[project]\nname = "svc"\nversion = "1"\ndependencies = ["flask"]\n'
BUILD = '[build-system]\nrequires = ["setuptools"]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\n'


FASTAPI = "from fastapi import FastAPI\nserver = FastAPI()\n"
FLASK = "from flask import Flask\nserver = Flask(__name__)\n"


def test_dependencies_without_requirements_are_told_with_the_setting_that_installs_them(
    wsgi_advice: Advice,
) -> None:
    (message,) = wsgi_advice(pyproject__toml=BUILD + PROJECT, app__py="")
    assert message == (
        "valohai.yaml:1: serve.wsgi: the dependencies in pyproject.toml are not installed: only "
        "requirements-deployment.txt or requirements.txt is by itself; set requirements: pyproject.toml for "
        "the endpoint in the stack file, or ignore this if the image has all of them"
    )


def test_a_module_below_src_is_told_as_well(wsgi_advice: Advice, tmp_path: Path) -> None:
    (tmp_path / "project/src/app").mkdir(parents=True)
    (tmp_path / "project/src/app/__init__.py").touch()
    (message,) = wsgi_advice(pyproject__toml=BUILD + PROJECT)
    assert (
        "not installed, and src/app/__init__.py cannot be imported without an installation: only" in message
    )


def test_a_project_of_poetry_is_told_to_have_a_lock_file(wsgi_advice: Advice) -> None:
    (message,) = wsgi_advice(pyproject__toml=f'{POETRY}flask = "*"\n', app__py="")
    assert "run poetry lock, and set requirements: poetry.lock for the endpoint in the stack file" in message


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("uv__lock", "set requirements: uv.lock for the endpoint in the stack file"),
        ("poetry__lock", "set requirements: poetry.lock for the endpoint in the stack file"),
        ("pdm__lock", "run pdm export --prod --output requirements.txt"),
        ("Pipfile__lock", "set requirements: Pipfile.lock for the endpoint in the stack file"),
        ("Pipfile", "run pipenv lock, and set requirements: Pipfile.lock for the endpoint in the stack file"),
        ("environment__yml", "add a requirements.txt with its packages"),
        ("conda__yaml", "add a requirements.txt with its packages"),
        (
            "requirements-prod__txt",
            "set requirements: requirements-prod.txt for the endpoint in the stack",
        ),
    ],
)
def test_dependencies_in_another_file_are_told_with_how_to_have_them_installed(
    wsgi_advice: Advice, file: str, remedy: str
) -> None:
    name = file.replace("__", ".")
    project = BUILD + PROJECT if name.endswith(".lock") else BUILD
    (message,) = wsgi_advice(**{"app__py": "", "pyproject__toml": project, file: ""})
    assert f"serve.wsgi: the dependencies in {name} are not installed: only requirements-" in message
    assert f"; {remedy}" in message
    assert message.endswith(", or ignore this if the image has all of them")


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject__toml": PROJECT, "requirements__txt": "flask\n"},
        {"pyproject__toml": PROJECT.replace('"flask"', "")},
        {"pyproject__toml": POETRY},
        {"pyproject__toml": "[tool.ruff]\nline-length = 100\n"},
        {"pyproject__toml": "[project\n"},
        {"requirements-dev__txt": "pytest\n"},
        {"requirements_train__txt": "torch\n"},
        {"Pipfile": "", "requirements-deployment__txt": ""},
        {},
    ],
)
def test_a_project_that_needs_nothing_or_says_so_elsewhere_is_passed_over(
    wsgi_advice: Advice, files: dict[str, str]
) -> None:
    assert wsgi_advice(app__py="", **files) == []


BY_GIT = "flask\ndemo @ git+https://s73577357@git.acme.example/demo.git@1a2b3c4 ; python_version > '3'\n"
SERVED = "- endpoint: {name: serve, image: '%s', wsgi: app}\n"


def told_of_git(subjects: Subjects, image: str, settings: str = "", requirements: str = BY_GIT) -> list[str]:
    found = subjects(SERVED % image, settings, requirements__txt=requirements, app__py=FLASK)
    return [str(problem) for subject in found for problem in advise_on_missing_git(subject)]


def test_a_requirement_that_git_fetches_is_told_for_an_image_without_git(subjects: Subjects) -> None:
    assert told_of_git(subjects, "python:3.11-slim") == [
        "valohai.yaml:1: serve.image: has no git, which requirements.txt needs for demo @ "
        "git+https://git.acme.example/demo.git@1a2b3c4; add buildPackages: [git] to the endpoint in the "
        "stack file, or choose another image"
    ]


@pytest.mark.parametrize(
    ("image", "settings", "requirements"),
    [
        ("python:3.11", "", BY_GIT),
        ("python:3.11-bookworm", "", BY_GIT),
        ("registry.acme.example/python:3.11-slim", "", BY_GIT),
        ("python:3.11-slim", "buildPackages: [git]", BY_GIT),
        ("python:3.11-slim", "systemPackages: [git-lfs]", BY_GIT),
        ("python:3.11-slim", "", "flask\n# demo @ git+https://git.acme.example/demo.git\n"),
        ("python:3.11-alpine", "", "flask\n"),
    ],
)
def test_nothing_is_told_of_git_where_it_may_be_there_or_is_not_needed(
    subjects: Subjects, image: str, settings: str, requirements: str
) -> None:
    assert told_of_git(subjects, image, settings, requirements) == []


def test_a_command_that_may_install_by_itself_is_passed_over(advice: Advice) -> None:
    assert advice("uv run ./serve", pyproject__toml=PROJECT) == []


@pytest.mark.parametrize("pin", ["gunicorn==23.0.0", "Gunicorn [gthread] == 20.1", "flask\ngunicorn==19.*"])
def test_an_old_gunicorn_for_an_asgi_application_is_told(wsgi_advice: Advice, pin: str) -> None:
    (message,) = wsgi_advice(app__py=FASTAPI, requirements__txt=pin.replace(" [", "["))
    assert message.startswith("valohai.yaml:1: serve.wsgi: is an ASGI application, but requirements.txt pins")
    assert message.endswith("pin 24 or newer, remove the pin, or add uvicorn-worker")


@pytest.mark.parametrize(
    ("code", "requirements"),
    [
        (FASTAPI, "gunicorn==27.0.1"),
        (FASTAPI, "gunicorn>=20"),
        (FASTAPI, "not-gunicorn==20.1"),
        (FASTAPI, "fastapi"),
        (FLASK, "gunicorn==20.1"),
    ],
)
def test_what_works_is_not_told(wsgi_advice: Advice, code: str, requirements: str) -> None:
    assert wsgi_advice(app__py=code, requirements__txt=requirements) == []


def test_only_the_requirements_that_are_installed_count(wsgi_advice: Advice) -> None:
    files = {"requirements__txt": "gunicorn==20.1", "requirements-deployment__txt": "fastapi"}
    assert wsgi_advice(app__py=FASTAPI, **files) == []
