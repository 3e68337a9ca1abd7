"""Commands that start a file of the project."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.advice import Subject, advise_on_project_files

Advice = Callable[..., list[str]]
Subjects = Callable[..., Sequence[Subject]]


@pytest.fixture
def advice(subjects: Subjects) -> Advice:
    """Return the advice on the files that a server-command starts."""

    def make(command: str, **files: str) -> list[str]:
        manifest = f"- endpoint:\n    name: serve\n    image: x\n    server-command: {command}\n"
        return [str(problem) for problem in advise_on_project_files(subjects(manifest, **files))]

    return make


MISSING = "which is not in the project, so that no pod starts; correct the path, or add the file"


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
def test_a_file_that_is_not_there_is_told(advice: Advice, command: str, path: str) -> None:
    (message,) = advice(command)
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
def test_a_file_is_looked_for_where_cd_leads(advice: Advice, tmp_path: Path, command: str, path: str) -> None:
    (tmp_path / "project/serving/web").mkdir(parents=True)
    (message,) = advice(command)
    assert f"serve.server-command: starts {path}, {MISSING}" in message
    file = tmp_path / "project" / path
    file.touch(mode=0o755)
    assert advice(command) == []


def test_a_directory_that_is_not_there_is_told(advice: Advice) -> None:
    (message,) = advice("cd serving && uvicorn app:app")
    assert message.endswith(
        "goes into serving, which is no directory of the project; correct the path, or add the directory "
        "(what .gitignore names stays out)"
    )


def test_a_directory_that_model_files_make_is_passed_over(subjects: Subjects) -> None:
    manifest = (
        "- endpoint:\n    name: serve\n    image: x\n    server-command: cd models && serve-models\n"
        "    files: [{name: model, path: models/model.bin}]\n"
    )
    assert list(advise_on_project_files(subjects(manifest))) == []


@pytest.mark.parametrize("command", ["python server.py", "HOST=0.0.0.0 python ./server.py", "sh server.sh"])
def test_a_file_that_is_there_is_passed_over(advice: Advice, command: str) -> None:
    assert advice(command, server__py="", server__sh="") == []


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
    advice: Advice, command: str
) -> None:
    assert advice(command) == []


def test_a_program_that_may_not_be_run_is_told(advice: Advice, tmp_path: Path) -> None:
    (message,) = advice("./server.sh", server__sh="")
    assert "starts server.sh, which is not executable, so that no pod starts; chmod +x it" in message
    (tmp_path / "project/server.sh").chmod(0o755)
    assert advice("./server.sh") == []


def test_a_script_with_line_ends_of_windows_is_told(advice: Advice, tmp_path: Path) -> None:
    assert advice("sh start.sh", start__sh="#!/bin/sh\nserve\n") == []
    (tmp_path / "project/start.sh").write_bytes(b"#!/bin/sh\r\nserve\r\n")
    (message,) = advice("sh start.sh")
    assert "starts start.sh, whose lines end as those of Windows do" in message
    assert message.endswith("write *.sh text eol=lf into .gitattributes")


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
