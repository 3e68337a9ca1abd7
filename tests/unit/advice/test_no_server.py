"""Commands that cannot be a server."""

from collections.abc import Callable

import pytest

Advice = Callable[..., list[str]]


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
        f'valohai.yaml:4: serve.server-command: ends after "{shown}", and no server is left to answer '
        "requests; end with the command that starts one"
    )


def test_comments_and_settings_alone_are_told(advice: Advice) -> None:
    (comment,) = advice("'# uvicorn app:app'")
    (settings,) = advice("export A=1")

    assert "holds comments alone, and no server is left" in comment
    assert "sets variables alone, and no server is left" in settings


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


def test_a_server_of_one_request_is_told_with_the_probe_that_does_not_end_it(advice: Advice) -> None:
    (message,) = advice("python -m wsgiref.simple_server")
    assert (
        "ends after its first request, and starts anew for the next; at least set probe: {kind: listening}"
        in message
    )

    (message,) = advice("python -m wsgiref.simple_server", settings="probe: {kind: listening}")
    assert "probe" not in message
