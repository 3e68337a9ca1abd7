"""The head of an answer goes with the first piece of its body, and everything else as gunicorn has it."""

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import wsgi

from endpoints.serving.valohai_serving.response import Response, http_date


class Connection:
    """Remembers what is sent at a time."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def answer(
    response_class: type[wsgi.Response], pieces: list[bytes], method: str = "GET", **headers: str
) -> list[bytes]:
    """Return what is sent at a time for an answer in such pieces."""
    connection = Connection()
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False, headers=[])
    response = response_class(request, connection, Config())
    response.start_response("200 OK", [(name.replace("_", "-"), value) for name, value in headers.items()])
    for piece in pieces:
        response.write(piece)
    response.close()
    return connection.sent


def bodies(sent: list[bytes]) -> list[bytes]:
    head, end, first = sent[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and end
    return [first, *sent[1:]]


def test_head_and_body_are_sent_at_once() -> None:
    assert bodies(answer(Response, [b"seven"], Content_Length="5")) == [b"seven"]


def test_later_pieces_are_sent_when_they_come() -> None:
    sent = answer(Response, [b"one", b"two", b"three"], Content_Length="11")
    assert bodies(sent) == [b"one", b"two", b"three"]


def test_pieces_of_unknown_length_are_sent_as_chunks() -> None:
    assert bodies(answer(Response, [b"one", b"two"])) == [b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"]


def test_an_empty_first_piece_sends_the_head() -> None:
    assert bodies(answer(Response, [b"", b"late"], Content_Length="4")) == [b"", b"late"]


def test_an_answer_without_a_body_is_its_head() -> None:
    assert bodies(answer(Response, [])) == [b"", b"0\r\n\r\n"]
    assert bodies(answer(Response, [b"seven"], method="HEAD", Content_Length="5")) == [b""]


def test_what_is_no_piece_of_a_body_is_refused_as_by_gunicorn() -> None:
    text: Any = ["text"]
    with pytest.raises(TypeError, match="is not a byte"):
        answer(Response, text, Content_Length="4")


@pytest.mark.parametrize("pieces", [[], [b""], [b"one"], [b"one", b"", b"two"]])
@pytest.mark.parametrize("headers", [{}, {"Content_Length": "6"}])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_same_is_sent_as_by_gunicorn(pieces: list[bytes], headers: dict[str, str], method: str) -> None:
    sent, expected = (answer(kind, pieces, method, **headers) for kind in (Response, wsgi.Response))
    assert _without_date(sent) == _without_date(expected)


def _without_date(sent: list[bytes]) -> list[bytes]:
    return [line for line in b"".join(sent).split(b"\r\n") if not line.startswith(b"Date:")]


@pytest.mark.parametrize("timestamp", [0.0, 1.999, 1793836799.5, 1793836800.0, 1709164800.25])
def test_a_date_is_written_as_by_gunicorn(timestamp: float) -> None:
    assert http_date(timestamp) == http_date(timestamp) == util.http_date(timestamp)


def test_the_date_is_that_of_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 100.9, 101.0])
    monkeypatch.setattr("time.time", lambda: next(times))
    dates = [http_date() for _ in range(3)]
    assert dates == [util.http_date(second) for second in (100, 100, 101)]
