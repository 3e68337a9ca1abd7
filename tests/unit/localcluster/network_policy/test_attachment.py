"""The network plugin, run as the container runtime runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from localcluster.network_policy import attachment
from localcluster.network_policy.server import serve

RESULT = {
    "cniVersion": "0.4.0",
    "ips": [{"version": "4", "address": "10.0.0.1/24"}, {"version": "6", "address": "fd00::1/64"}],
}


class Answers:
    """An agent that notes what it is asked, and has one complaint or none."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self.complaint: str | None = None

    def __call__(self, request: Mapping[str, Any]) -> str | None:
        self.requests.append(request)
        return self.complaint


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def socket_path(answers: Answers, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "agent.sock"
    server = serve(path, answers)
    yield path
    server.shutdown()
    server.server_close()


def run_plugin(command: str, socket_path: Path) -> "subprocess.CompletedProcess[str]":
    settings = {
        "cniVersion": "0.4.0",
        "name": "localcluster",
        "agent": str(socket_path),
        "prevResult": RESULT,
    }
    return subprocess.run(
        [sys.executable, "-I", "-S", attachment.__file__],
        input=json.dumps(settings),
        env={
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": "c1",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=team;K8S_POD_NAME=web;K8S_POD_UID=u1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pods_container_is_told_and_the_result_passed_on(socket_path: Path, answers: Answers) -> None:
    finished = run_plugin("ADD", socket_path)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == RESULT
    assert answers.requests == [
        {"command": "ADD", "container": "c1", "pod": "u1", "addresses": ["10.0.0.1", "fd00::1"]}
    ]


def test_the_agents_complaint_becomes_the_events_text(socket_path: Path, answers: Answers) -> None:
    answers.complaint = "not yet"
    finished = run_plugin("ADD", socket_path)
    assert finished.returncode == 1
    assert json.loads(finished.stdout) == {"cniVersion": "0.4.0", "code": 11, "msg": "not yet"}


def test_a_container_can_be_removed_with_the_agent_and_without(socket_path: Path, answers: Answers) -> None:
    assert run_plugin("DEL", socket_path).returncode == 0
    assert answers.requests[0]["command"] == "DEL"
    assert run_plugin("DEL", socket_path.with_name("nowhere.sock")).returncode == 0


def test_the_plugin_tells_the_versions_that_it_speaks(tmp_path: Path) -> None:
    finished = run_plugin("VERSION", tmp_path / "nowhere.sock")
    assert "0.4.0" in json.loads(finished.stdout)["supportedVersions"]


def test_an_agent_that_does_not_run_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachment, "AGENT_PATIENCE_SECONDS", 0.1)
    complaint = attachment.ask_patiently(str(tmp_path / "nowhere.sock"), {"command": "ADD"})
    assert complaint is not None
    assert "python -m localcluster up" in complaint
