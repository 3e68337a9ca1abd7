from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from endpoints.errors import ProjectError
from managed.resources.token import diff, is_due, request_token

GIVEN = datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = {"given": GIVEN.isoformat(), "expires": (GIVEN + timedelta(days=30)).isoformat()}


@pytest.mark.parametrize(("days", "due"), [(0, False), (19, False), (21, True), (40, True)])
def test_a_token_is_renewed_when_less_than_a_third_of_its_life_is_left(days: int, due: bool) -> None:
    assert is_due(TOKEN, GIVEN + timedelta(days=days)) is due


def fresh() -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "given": now.isoformat(),
        "expires": (now + timedelta(days=30)).isoformat(),
        "token": "t",
        **wanted(),
    }


def wanted(**changes: object) -> dict[str, object]:
    return {
        "kubeconfig": "config",
        "context": "prod",
        "namespace": "endpoints-teams-prod",
        "account": "fraud",
        "account_uid": "1",
        "seconds": 2592000.0,
    } | changes


@pytest.mark.parametrize(
    ("changes", "renewed"),
    [
        ({}, False),
        ({"kubeconfig": "elsewhere", "context": "other-name"}, False),
        ({"account_uid": "2"}, True),
        ({"seconds": 3600.0}, True),
    ],
)
def test_another_account_or_lifetime_takes_another_token_and_a_moved_kubeconfig_does_not(
    changes: dict[str, object], renewed: bool
) -> None:
    assert diff(fresh(), wanted(**changes)).changes is renewed


@contextmanager
def api_server(status: int, body: bytes) -> Iterator[str]:
    """Answer every request so; yields the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def ask(url: str, directory: Path) -> None:
    file = directory / "config"
    file.write_text(
        f"clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n"
        "users: [{name: u, user: {}}]\n"
        "contexts: [{name: prod, context: {cluster: c, user: u}}]\n"
    )
    request_token(str(file), "prod", "endpoints-teams-prod", "fraud", 3600, GIVEN)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"message": "serviceaccounts is forbidden"}', "serviceaccounts is forbidden"),
        (b"<html>", "Forbidden"),
        (b"[]", "Forbidden"),
        (b"", "Forbidden"),
    ],
)
def test_a_refused_token_is_told_with_the_right_that_is_needed(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    with api_server(403, body) as url, pytest.raises(ProjectError) as failure:
        ask(url, tmp_path)
    assert str(failure.value) == (
        "the cluster of the context prod cannot create a token for the service account "
        f"endpoints-teams-prod/fraud: {reason}; the kubeconfig's account needs the permission to "
        "create serviceaccounts/token in this namespace"
    )


def test_a_cluster_that_does_not_answer_gives_no_token(tmp_path: Path) -> None:
    with api_server(403, b"") as url:
        pass
    with pytest.raises(
        ProjectError,
        match=r"endpoints-teams-prod/fraud: .*Connection refused; check that it answers: `kubectl",
    ):
        ask(url, tmp_path)
