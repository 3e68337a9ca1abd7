"""Commands that start no server, and commands that start a file which the project lacks."""

from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.advice.rules import advise_on_endpoints, advise_on_project_files
from tests.unit.advice.conftest import Advice, Subjects


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("echo hello", "echo hello"),
        ("ls -l", "ls -l"),
        ("pip install -r requirements.txt", "pip install -r requirements.txt"),
        ("python -m pip install flask", "python -m pip install flask"),
        ("python --version", "python --version"),
        ("python3.11 -V", "python3.11 -V"),
        ("mkdir -p models && cp a b", "cp a b"),
        ("[apt-get update, nvidia-smi]", "nvidia-smi"),
        ("npm ci", "npm ci"),
        ("uv sync", "uv sync"),
    ],
)
def test_a_command_that_ends_by_itself_is_told(advice: Advice, command: str, shown: str) -> None:
    (message,) = advice(command)
    assert message == (
        f'valohai.yaml:4: serve.server-command: ends after "{shown}", so no server keeps running; end '
        "with the command that starts the server"
    )


def test_comments_and_settings_alone_are_told(advice: Advice) -> None:
    (comment,) = advice("'# uvicorn app:app'")
    (settings,) = advice("export A=1")

    assert "contains only comments, so no server keeps running" in comment
    assert "only sets variables, so no server keeps running" in settings


@pytest.mark.parametrize(
    "command",
    [
        "python train.py",
        "pip install -r requirements.txt && python serve.py",
        "python serve.py; echo done",
        "nginx && tail -f /var/log/nginx/access.log",
        "uv run serve",
        "npm start",
        "R -e 'shiny::runApp()'",
        "echo started & wait",
        "./server",
    ],
)
def test_what_may_be_a_server_is_passed_over(advice: Advice, command: str) -> None:
    assert advice(command) == []


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ("", "or another server"),
        ("probe: {kind: listening}", "or another server"),
        ("probe: {kind: tcp}", "remove probe: {kind: tcp}, because each such probe counts as a request"),
        (
            "probe: {kind: http, path: /}",
            "remove probe: {kind: http}, because each such probe counts as a request",
        ),
    ],
)
def test_a_server_of_one_request_is_told_with_the_probe_that_would_end_it(
    advice: Advice, settings: str, hint: str
) -> None:
    (message,) = advice("python -m wsgiref.simple_server", settings=settings)
    assert "this server exits after one request, and Kubernetes waits longer before each restart" in message
    assert message.endswith(hint)


def test_a_server_of_one_request_in_a_ready_image_is_told_that_its_probe_is_a_request(
    subjects: Subjects,
) -> None:
    manifest = "- endpoint: {name: serve, image: x, server-command: python -m wsgiref.simple_server}\n"
    ready = [replace(subject, is_built=False) for subject in subjects(manifest)]
    (message, _) = [problem.text for problem in advise_on_endpoints(ready)]
    assert message.endswith("the TCP probe of a ready image counts as a request")


@pytest.fixture
def file_advice(subjects: Subjects) -> Advice:
    """Return the advice on the files that a server-command starts."""

    def make(command: str, **files: str) -> list[str]:
        manifest = f"- endpoint:\n    name: serve\n    image: x\n    server-command: {command}\n"
        return [str(problem) for problem in advise_on_project_files(subjects(manifest, **files))]

    return make


MISSING = "which is not in the project, so no pod can start; correct the path, or add the file"


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("./start.sh", "start.sh"),
        ("MODE=fast exec ./bin/serve --fast", "bin/serve"),
        ("sh start.sh", "start.sh"),
        ("nohup ./start.sh 2>&1", "start.sh"),
        ("MODE='very fast' ./start.sh", "start.sh"),
        ("poetry run python main.py", "main.py"),
        ("bash ./start.sh", "start.sh"),
        ("HOST=0.0.0.0 python3 serving/main.py", "serving/main.py"),
    ],
)
def test_a_file_that_is_not_there_is_told(file_advice: Advice, command: str, path: str) -> None:
    (message,) = file_advice(command)
    assert message.startswith(f"valohai.yaml:4: serve.server-command: starts {path}, {MISSING}")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("cd serving && python main.py", "serving/main.py"),
        ("cd serving; ./start.sh", "serving/start.sh"),
        ("cd serving/ && cd ../serving/web && sh ../run.sh", "serving/run.sh"),
        ("cd /valohai/repository/serving && exec python main.py", "serving/main.py"),
    ],
)
def test_a_file_is_looked_for_where_cd_leads(
    file_advice: Advice, tmp_path: Path, command: str, path: str
) -> None:
    (tmp_path / "project/serving/web").mkdir(parents=True)
    (message,) = file_advice(command)
    assert f"serve.server-command: starts {path}, {MISSING}" in message
    file = tmp_path / "project" / path
    file.touch(mode=0o755)
    assert file_advice(command) == []


def test_a_directory_that_is_not_there_is_told(file_advice: Advice) -> None:
    (message,) = file_advice("cd serving && uvicorn app:app")
    assert message.endswith(
        "changes to serving, which is not a directory of the project; correct the path, or add the directory "
        "(files that .gitignore names are left out)"
    )


def test_a_directory_that_model_files_make_is_passed_over(subjects: Subjects) -> None:
    manifest = (
        "- endpoint:\n    name: serve\n    image: x\n    server-command: cd models && serve-models\n"
        "    files: [{name: model, path: models/model.bin}]\n"
    )
    assert list(advise_on_project_files(subjects(manifest))) == []


@pytest.mark.parametrize("command", ["python server.py", "HOST=0.0.0.0 python ./server.py", "sh server.sh"])
def test_a_file_that_is_there_is_passed_over(file_advice: Advice, command: str) -> None:
    assert file_advice(command, server__py="", server__sh="") == []


@pytest.mark.parametrize(
    "command",
    [
        "cd $CODE && python main.py",
        "cd /opt/server && python main.py",
        "cd serving $CODE && python main.py",
        "cd ../serving && python main.py",
        "pushd serving && python main.py",
        "mkdir serving && cd serving && python main.py",
        "make server && ./server",
        "/opt/server/start.sh",
        "python -m main",
        "$SERVER",
        "java -jar server.jar",
        "python main.py | tee log",
    ],
)
def test_what_another_place_or_an_earlier_command_may_have_is_passed_over(
    file_advice: Advice, command: str
) -> None:
    assert file_advice(command) == []


def test_a_program_that_may_not_be_run_is_told(file_advice: Advice, tmp_path: Path) -> None:
    (message,) = file_advice("./server.sh", server__sh="")
    assert "starts server.sh, which is not executable, so no pod can start; run chmod +x on it" in message
    (tmp_path / "project/server.sh").chmod(0o755)
    assert file_advice("./server.sh") == []


def test_a_script_with_line_ends_of_windows_is_told(file_advice: Advice, tmp_path: Path) -> None:
    assert file_advice("sh start.sh", start__sh="#!/bin/sh\nserve\n") == []
    (tmp_path / "project/start.sh").write_bytes(b"#!/bin/sh\r\nserve\r\n")
    (message,) = file_advice("sh start.sh")
    assert "starts start.sh, which has Windows line endings" in message
    assert message.endswith("add *.sh text eol=lf to .gitattributes")


def test_a_model_file_is_put_there(subjects: Subjects) -> None:
    manifest = (
        "- endpoint:\n    name: serve\n    image: x\n    server-command: ./server\n"
        "    files: [{name: server, path: server}]\n    resources: {memory: {max: 9}}\n"
    )
    settings = "files: {server: {path: server, sha256: " + "a" * 64 + "}}"
    assert list(advise_on_project_files(subjects(manifest, settings))) == []


def test_a_ready_image_has_files_of_its_own(subjects: Subjects) -> None:
    manifest = "- endpoint: {name: serve, image: x, server-command: ./serve, resources: {memory: {max: 9}}}\n"
    ready = [replace(subject, is_built=False) for subject in subjects(manifest)]
    assert list(advise_on_project_files(ready)) == []
