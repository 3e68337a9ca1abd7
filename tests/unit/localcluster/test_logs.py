import io
import time

import pytest

from localcluster.command_line.log_view import find_log, show_log
from localcluster.errors import ClusterError
from localcluster.layout import Layout


def test_a_components_log_is_shown_whole(layout: Layout) -> None:
    layout.logs.mkdir(parents=True)
    (layout.logs / "etcd.log").write_bytes(b"one\ntwo \xff\n")
    output = io.StringIO()
    show_log(find_log(layout, "etcd"), output, follow=False)
    assert output.getvalue() == "one\ntwo \N{REPLACEMENT CHARACTER}\n"


def test_an_unknown_name_lists_the_known_ones(layout: Layout) -> None:
    layout.logs.mkdir(parents=True)
    for name in ("etcd", "traefik"):
        (layout.logs / f"{name}.log").touch()
    with pytest.raises(ClusterError, match=r"'ectd'.*etcd, traefik"):
        find_log(layout, "ectd")


def test_a_name_cannot_lead_out_of_the_directory_of_logs(layout: Layout) -> None:
    layout.logs.mkdir(parents=True)
    (layout.state / "secret.log").touch()
    with pytest.raises(ClusterError):
        find_log(layout, "../secret")


def test_before_the_first_up_the_message_says_so(layout: Layout) -> None:
    with pytest.raises(ClusterError, match="run `up` first"):
        find_log(layout, "etcd")


def test_following_ends_when_the_log_is_removed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.logs.mkdir(parents=True)
    log = layout.logs / "etcd.log"
    log.write_text("one\n")
    monkeypatch.setattr(time, "sleep", lambda _: log.unlink())
    output = io.StringIO()
    show_log(log, output, follow=True)
    assert output.getvalue() == "one\n"
