"""What is read of failed builds from a builder, by a stand-in of Docker Buildx."""

import json
from pathlib import Path
from typing import Any

import pytest

from endpoints.buildx.history import output_of_failed_step

CONTEXT = Path(".endpoints/sources/aa")
ERROR = 'failed to solve: process "/bin/sh -c sh install.sh" did not complete successfully: exit code: 90'
MESSAGE = ERROR.removeprefix("failed to solve: ")


def record(ref: str, context: str, second: int) -> dict[str, Any]:
    return {"ref": ref, "name": context, "created_at": f"2026-11-01T12:00:{second:02}.5Z", "status": "Error"}


def build(message: str, *logs: str) -> dict[str, Any]:
    return {"Error": {"Message": message, "Logs": list(logs)}}


BUILDS = {
    "old": build(MESSAGE, "of an older build"),
    "new": build(MESSAGE, "first", "could not install: model==1"),
    "pushed": build("failed to push registry.acme.example/ml/greet:1"),
    "other": build(MESSAGE, "of another endpoint"),
}
RECORDS = [
    record("ci/node/old", "aa", 1),
    record("ci/node/new", "aa", 2),
    record("ci/node/pushed", "aa", 3),
    record("ci/node/other", "bb", 4),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Put a stand-in on PATH that notes down its arguments."""
    for ref, shown in BUILDS.items():
        (tmp_path / ref).write_text(json.dumps(shown))
    (tmp_path / "records").write_text("".join(f"{json.dumps(one)}\n" for one in RECORDS))
    program = tmp_path / "buildx"
    program.write_text(
        f"""#!/bin/sh
echo "$*" >> {tmp_path}/asked
case "$2" in
    ls) cat {tmp_path}/records ;;
    inspect) cat {tmp_path}/$3 ;;
esac
"""
    )
    program.chmod(0o755)
    return {"PATH": f"{tmp_path}:/usr/bin:/bin", "DOCKER_CONFIG": str(tmp_path)}


def test_the_newest_build_of_the_context_that_failed_so_is_read(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert output_of_failed_step(ERROR, CONTEXT, "ci", environment) == "first\ncould not install: model==1"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0].startswith("history ls ")
    assert all(line.endswith("--builder=ci") for line in asked)


@pytest.mark.parametrize(
    "error", ["failed to push registry.acme.example/ml/greet:1", 'no builder "ci" found']
)
def test_a_failure_outside_of_steps_asks_nothing(
    environment: dict[str, str], tmp_path: Path, error: str
) -> None:
    assert output_of_failed_step(error, CONTEXT, None, environment) == ""
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("script", ["exit 1", "echo unexpected", "echo '{}'"])
def test_a_buildx_without_such_a_history_is_no_further_error(
    environment: dict[str, str], tmp_path: Path, script: str
) -> None:
    (tmp_path / "buildx").write_text(f"#!/bin/sh\n{script}\n")
    assert output_of_failed_step(ERROR, CONTEXT, None, environment) == ""


def test_a_machine_without_buildx_is_no_further_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("endpoints.buildx.build.PLUGIN_DIRECTORIES", ())
    assert output_of_failed_step(ERROR, CONTEXT, None, {"PATH": str(tmp_path), "DOCKER_CONFIG": ""}) == ""
