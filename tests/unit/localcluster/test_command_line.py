import pytest

from localcluster import cli
from localcluster.commands import run
from localcluster.errors import ClusterError


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


def test_a_negative_number_of_nodes_is_refused(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLUSTER_STATE", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        cli.main(["up", "--simulated-nodes", "-1"])
    assert caught.value.code == 2
    assert "-1 is no number of nodes: 0 or more" in capsys.readouterr().err


def test_a_failed_command_is_told_with_its_status_and_what_it_wrote() -> None:
    with pytest.raises(ClusterError, match="failed with status 3: no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"])


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(ClusterError, match="'no-such-program' is not installed"):
        run(["no-such-program"])
