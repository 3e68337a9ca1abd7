import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.command_line import main as cli

ROOT = Path(__file__).parents[3]


def test_a_mistake_of_the_user_is_one_sentence_and_no_trace(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLUSTER_STATE", str(tmp_path))
    assert cli.main(["status"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "localcluster: the embedded cluster is not running: start it with `python -m localcluster up`\n"
    )


@pytest.mark.parametrize("number", ["-1", "many", "1.5"])
def test_what_is_no_number_of_nodes_is_refused(
    number: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLUSTER_STATE", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        cli.main(["up", f"--simulated-nodes={number}"])
    assert caught.value.code == 2
    assert f"{number} is not a number of nodes; allowed: 0 or more" in capsys.readouterr().err


def test_the_command_line_works_before_any_package_is_installed() -> None:
    """`make tools` builds programs while packages are being installed."""
    without_packages = [sys.executable, "-S", "-m", "localcluster"]
    started = subprocess.run(
        [*without_packages, "tools", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (started.returncode, started.stderr) == (0, "")
