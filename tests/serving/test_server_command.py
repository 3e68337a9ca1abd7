"""How the lines of `server-command` run in a container's shell, and that SIGTERM reaches their server."""

import subprocess
from pathlib import Path
from typing import Protocol

import pytest
import yaml

from endpoints.manifest.models import ServerCommand
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess, wait_until

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "real"

PROGRAM = """#!/bin/sh
# Stands for any program: what installs something succeeds, everything else is a server.
echo "run: ${0##*/} $*"
case "${0##*/} $*" in *install*|*library*|mkdir*) exit 0 ;; esac
trap 'echo "ended by SIGTERM"; exit 0' TERM
echo "the server runs"
while :; do sleep 0.05; done
"""


class Start(Protocol):
    """Starts command lines in a directory where every program is the one above."""

    def __call__(self, *commands: str) -> ServerProcess:
        """Return the process of the script that runs them."""


@pytest.fixture
def start(start_server: StartServer, tmp_path: Path) -> Start:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("server", "pip", "uvicorn", "streamlit", "uv", "R", "python", "mkdir"):
        (programs / name).write_text(PROGRAM)
        (programs / name).chmod(0o755)
    work = tmp_path / "work"
    (work / "subdirectory").mkdir(parents=True)

    def run(*commands: str) -> ServerProcess:
        return start_server(ServerCommand(commands), {"PATH": f"{programs}:/usr/bin:/bin"}, work, wait=False)

    return run


def real_commands() -> list[object]:
    """Return the server commands of real projects, each with a name for its test."""
    parameters: list[object] = []
    for path in sorted(CORPUS.glob("*.yaml")):
        for item in yaml.safe_load(path.read_text()):
            endpoint = item.get("endpoint", {})
            if command := endpoint.get("server-command"):
                commands = [command] if isinstance(command, str) else command
                parameters.append(pytest.param(commands, id=f"{path.stem}: {endpoint['name']}"))
    skip = pytest.mark.skip(reason=f"the collection of real projects is not here: {CORPUS}")
    return parameters or [pytest.param([], marks=skip)]


@pytest.mark.parametrize("commands", real_commands())
def test_the_command_of_a_real_project_starts_and_ends(start: Start, commands: list[str]) -> None:
    server = start(*commands)
    server.wait_for_output("the server runs")
    if "baseUrlPath=$VH_DEFAULT_PREFIX" in commands[-1]:
        assert f"--server.baseUrlPath={ADDRESS.prefix}" in server.output
    server.terminate()
    server.wait_for_end()
    assert "ended by SIGTERM" in server.output
    for command in commands:
        assert subprocess.run(["/bin/sh", "-n", "-c", command], timeout=TIME_LIMIT).returncode == 0


@pytest.mark.parametrize(
    ("commands", "run"),
    [
        (["server --port 8000"], "--port 8000"),
        (["exec server x"], "x"),
        (["NAME='a  b' server \"$PORT\" 'single $PORT' \\$PORT"], "{port} single $PORT $PORT"),
        (["server $(echo a b) `echo c` ${NONE:-d}"], "a b c d"),
        (["cd subdirectory && server ${PWD##*/}"], "subdirectory"),
        (["server x # a comment"], "x"),
        (["server a \\\n  b \\\n  c\n"], "a b c"),
        (["server trailing \\\n"], "trailing"),
        (["cat > text <<END\nwritten\nEND\nserver $(cat text)"], "written"),
        (["if true; then server inside; fi"], "inside"),
        (["while true; do server again; done"], "again"),
        (["sleep 600 & server beside"], "beside"),
        (["cd subdirectory", "export NAME=value", "server ${PWD##*/} $NAME"], "subdirectory value"),
        (["echo first # comment", "cat > text <<END\nit's\nEND", "server $(cat text)"], "it's"),
    ],
)
def test_shell_syntax_keeps_its_meaning_and_sigterm_arrives(
    start: Start, commands: list[str], run: str
) -> None:
    server = start(*commands)
    server.wait_for_output("the server runs")
    assert f"run: server {run.format(port=server.port)}\n" in server.output
    server.terminate()
    server.wait_for_end()
    assert server.output.count("ended by SIGTERM") == 1
    assert server.output.count("the server runs") == 1


def test_sigterm_reaches_every_part_of_a_pipe(start: Start) -> None:
    wait = "trap 'echo ended > $PART; exit' TERM; echo $PART is ready >&2; while :; do sleep 0.05; done"
    server = start(f'PART=first sh -c "{wait}" | PART=second sh -c "{wait}"'.replace("$PART", "\\$PART"))
    server.wait_for_output("first is ready")
    server.wait_for_output("second is ready")
    server.terminate()
    server.wait_for_end()
    assert [(server.directory / part).read_text() for part in ("first", "second")] == ["ended\n", "ended\n"]


@pytest.mark.parametrize(
    ("commands", "status"),
    [
        (["false", "server"], 1),
        (["sh -c 'exit 7'", "server"], 7),
        (["false && true", "server"], 1),
        (["missing-program", "server"], 127),
        (["echo 'no end", "server"], 2),
        (["sh -c 'exit 9'"], 9),
        (["true", "sh -c 'exit 9' | sh -c 'exit 3'"], 3),
    ],
)
def test_a_failure_ends_the_start_with_its_status(start: Start, commands: list[str], status: int) -> None:
    server = start(*commands)
    assert server.wait_for_end() == status
    assert "the server runs" not in server.output


def test_sigterm_while_the_start_is_prepared_prevents_the_server(start: Start) -> None:
    server = start("echo preparing; sleep 1", "server")
    server.wait_for_output("preparing")
    server.terminate()
    assert server.wait_for_end() == 143
    assert "the server runs" not in server.output


def test_the_script_waits_until_the_server_has_finished_its_work(start: Start) -> None:
    finish = "trap 'sleep 0.5; echo finished; exit' TERM; echo ready; while :; do sleep 0.05; done"
    server = start(f'NAME=value sh -c "{finish}"')
    server.wait_for_output("ready")
    server.terminate()
    server.wait_for_end()
    assert "finished" in server.output


def descendants(process: int) -> list[str]:
    """Return the names of all processes below a process; none of those that end meanwhile."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        names = [Path(f"/proc/{child}/comm").read_text().strip() for child in children]
    except OSError:
        return []
    return [*names, *(name for child in children for name in descendants(int(child)))]


def test_a_server_that_handles_no_signal_ends_as_process_1_of_a_container() -> None:
    """The kernel drops SIGTERM for a process 1 without a handler, which is what `exec` would make of it."""
    script = Path(__file__).parents[2] / "endpoints/serving/server-command.sh"
    inside = (
        "import os, sys\nos.setsid()\nos.execv('/bin/sh', ['sh', sys.argv[1], 'echo started; sleep 600'])\n"
    )
    command = ["unshare", "--pid", "--fork", "--kill-child", "python3", "-c", inside, str(script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stderr is not None
        if process.stdout.readline() != "started\n":
            pytest.skip(f"no namespaces of processes here: {process.stderr.read().strip()}")
        # A signal before the shell has started its command would reach no server yet.
        wait_until(lambda: "sleep" in descendants(process.pid), lambda: "the server has not started")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        subprocess.run(["kill", "-TERM", *children], check=True, timeout=TIME_LIMIT)
        assert process.wait(TIME_LIMIT) == 143
    finally:
        process.kill()
        process.communicate()
