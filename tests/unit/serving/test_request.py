"""Requests are read in fewer steps than gunicorn takes, and in the same way."""

from collections.abc import Iterator
from typing import Any

import gunicorn
import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http.message import Request as GunicornRequest
from gunicorn.http.parser import RequestParser as GunicornRequestParser
from hypothesis import given, settings
from hypothesis import strategies as some

from endpoints.serving.valohai_serving import request as serving
from endpoints.serving.valohai_serving.request import Request, RequestParser

PEER = ("10.42.0.1", 40000)

ROUTED = [
    b"Host: models.acme.example",
    b"User-Agent: python-requests/2.32.5",
    b"Content-Length: 5",
    b"Content-Type: application/json",
    b"X-Forwarded-For: 203.0.113.7, 10.42.0.1",
    b"X-Forwarded-Proto: https",
]
LINES = (
    *ROUTED,
    *(b"host: other.example", b"content-type: text/plain", b"X-Forwarded-Proto: http", b"Host:"),
    *(b"Expect: 100-continue", b"Expect: miracles", b"EXPECT: 100-Continue"),
    *(b"X_Forwarded_Proto: https", b"X-Under_score: 1", b"SCRIPT_NAME: /evil"),
    *(b"Space : before", b" folded", b"\tfolded", b"No colon", b": no name", b"", b"Empty:"),
    *(
        b"Tab:\tabout\t",
        b"Bytes: \xe9\xff",
        b"NUL: \x00",
        b"DEL: \x7f",
        b"CR: a\rb",
        b"LF: a\nb",
        b"N\xe4me: 1",
    ),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Content-Length: 6", b"Content-Length: +5"),
    *(b"Connection: close", b"Connection: keep-alive", b"A:B:C", b"Brack[et: 1", b"Long: " + b"x" * 60),
)
REQUEST_LINES = (
    *(b"POST /acme/digits HTTP/1.1", b"GET /a?b=c#d HTTP/1.0", b"GET //a//b HTTP/1.1", b"OPTIONS * HTTP/1.1"),
    *(b"GET * HTTP/1.1", b"get / HTTP/1.1", b"GET / HTTP/2.0", b"GET /\xe4 HTTP/1.1", b"GET  / HTTP/1.1"),
    *(
        b"GET http://[ HTTP/1.1",
        b"CONNECT a:1 HTTP/1.1",
        b"GET a:1 HTTP/1.1",
        b"GET /",
        b"\x00",
        b"G@T / HTTP/1.1",
    ),
)
SETTINGS: tuple[dict[str, Any], ...] = (
    {
        "forwarded_allow_ips": "*",
        "forwarder_headers": "",
        "secure_scheme_headers": {"X-FORWARDED-PROTO": "https"},
    },
    {},
    {"forwarded_allow_ips": "*", "header_map": "refuse", "limit_request_fields": 3},
    {"header_map": "dangerous", "limit_request_field_size": 64},
    {"permit_obsolete_folding": True, "strip_header_spaces": True},
    {"forwarded_allow_ips": "*", "forwarder_headers": "SCRIPT_NAME", "limit_request_line": 20},
    {"casefold_http_method": True, "permit_unconventional_http_method": True},
)


def configured(settings: dict[str, Any]) -> Config:
    configuration = Config()
    for name, value in settings.items():
        configuration.set(name, value)
    return configuration


CONFIGURATIONS = [configured(settings) for settings in SETTINGS]


def read(kind: type[GunicornRequest], configuration: Config, message: bytes) -> tuple[Any, ...]:
    """Return all that a request of that class tells of the message, or which error ends it."""
    parser = GunicornRequestParser(configuration, iter([message]), PEER)
    parser.mesg_class = kind
    try:
        request = next(parser)
    except StopIteration:
        return ("nothing",)
    except Exception as error:
        return type(error), str(error)
    told = ("method", "uri", "path", "query", "fragment", "version", "headers", "scheme", "must_close")
    values = tuple(getattr(request, name) for name in told)
    try:
        body = request.body.read()
    except Exception as error:
        body = type(error), str(error)
    return (*values, request._expected_100_continue, request.should_close(), body, request.trailers)


def message(request_line: bytes, lines: list[bytes], body: bytes = b"seven") -> bytes:
    return b"\r\n".join([request_line, *lines, b"", body])


ORDINARY = message(REQUEST_LINES[0], ROUTED)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_header_is_read_as_by_gunicorn(configuration: Config, line: bytes) -> None:
    for lines in ([line], [*ROUTED, line], [line, *ROUTED], [*ROUTED[:3], line, *ROUTED[3:]]):
        sent = message(REQUEST_LINES[0], lines)
        assert read(Request, configuration, sent) == read(GunicornRequest, configuration, sent)


@pytest.mark.parametrize("line", REQUEST_LINES)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_request_line_is_read_as_by_gunicorn_also_the_second_time(
    configuration: Config, line: bytes
) -> None:
    sent = message(line, ROUTED)
    expected = read(GunicornRequest, configuration, sent)
    assert read(Request, configuration, sent) == expected
    assert read(Request, configuration, sent) == expected


@pytest.mark.parametrize(
    "line", [b"Digest: 1", b"Host: x", b"X-Forwarded-Proto: https", b"Expect: x", b"A_b: 1"]
)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_trailer_is_read_as_by_gunicorn(configuration: Config, line: bytes) -> None:
    sent = message(b"POST / HTTP/1.1", [b"Transfer-Encoding: chunked"], b"0\r\n" + line + b"\r\n\r\n")
    assert read(Request, configuration, sent) == read(GunicornRequest, configuration, sent)


@settings(max_examples=300, deadline=None)
@given(
    some.sampled_from(CONFIGURATIONS),
    some.sampled_from(REQUEST_LINES),
    some.lists(some.sampled_from(LINES) | some.binary(max_size=20), max_size=10),
    some.sampled_from(
        (b"seven", b"", b"5\r\nseven\r\n0\r\n\r\n", b"0\r\nA_b: 1\r\n\r\n", b"0\r\nHost: x\r\n\r\n")
    ),
)
def test_any_request_is_read_as_by_gunicorn(
    configuration: Config, request_line: bytes, lines: list[bytes], body: bytes
) -> None:
    sent = message(request_line, lines, body)
    assert read(Request, configuration, sent) == read(GunicornRequest, configuration, sent)


@settings(max_examples=300, deadline=None)
@given(some.data())
def test_a_request_with_any_bytes_changed_is_read_as_by_gunicorn(data: some.DataObject) -> None:
    sent = bytearray(ORDINARY)
    for _ in range(data.draw(some.integers(1, 3))):
        place = data.draw(some.integers(0, len(sent) - 1))
        sent[place : place + data.draw(some.integers(0, 2))] = data.draw(
            some.sampled_from((b"", b" ", b"\r", b"\n", b"\r\n", b":", b"\t", b"_", b"\x00"))
            | some.binary(max_size=3)
        )
    for configuration in CONFIGURATIONS:
        assert read(Request, configuration, bytes(sent)) == read(GunicornRequest, configuration, bytes(sent))


def test_ordinary_headers_are_read_in_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read(GunicornRequest, CONFIGURATIONS[0], ORDINARY)
    monkeypatch.setattr(GunicornRequest, "parse_headers", lambda *_: pytest.fail("gunicorn reads them"))
    assert read(Request, CONFIGURATIONS[0], ORDINARY) == expected


class Source:
    """A connection on which pieces of bytes come, or errors; counts how often its time-out is set."""

    def __init__(self, *pieces: bytes | OSError) -> None:
        self.pieces = iter(pieces)
        self.changes = 0

    def recv(self, _size: int) -> bytes:
        piece = next(self.pieces, b"")
        if isinstance(piece, OSError):
            raise piece
        return piece

    def gettimeout(self) -> None:
        return None

    def settimeout(self, _seconds: float | None) -> None:
        self.changes += 1


BODIES = {
    "whole": ORDINARY,
    "none": message(b"GET / HTTP/1.1", []),
    "empty": message(b"POST / HTTP/1.1", [b"Content-Length: 0"], b""),
    "chunked": message(b"POST / HTTP/1.1", [b"Transfer-Encoding: chunked"], b"5\r\nseven\r\n0\r\n\r\n"),
    "broken": message(b"POST / HTTP/1.1", [b"Transfer-Encoding: chunked"], b"5\r\nseven\r\nx\r\n\r\n"),
    "cut off": message(b"POST / HTTP/1.1", [b"Content-Length: 9"]),
    "two requests": message(b"POST / HTTP/1.1", [b"Content-Length: 5"]) + ORDINARY,
}


@pytest.mark.parametrize("sent", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("read_by_application", [0, 2, None])
def test_what_the_application_leaves_of_a_body_is_read_as_by_gunicorn(
    sent: bytes, read_by_application: int | None
) -> None:
    def outcomes(kind: type[GunicornRequestParser]) -> Iterator[Any]:
        parser = kind(CONFIGURATIONS[0], Source(sent), PEER)
        request = next(parser)
        try:
            yield request.body.read(read_by_application)
        except Exception as error:
            yield type(error), str(error)
        for _ in range(2):
            try:
                yield parser.finish_body(deadline=float("inf"))
            except Exception as error:
                yield type(error), str(error)
        yield parser.unreader.buf.getvalue()
        try:
            yield next(parser).body.read()
        except (Exception, StopIteration) as error:
            yield type(error), str(error)

    assert list(outcomes(RequestParser)) == list(outcomes(GunicornRequestParser))


@pytest.mark.parametrize("kind", [RequestParser, GunicornRequestParser])
def test_a_connection_ends_when_reading_has_failed_though_the_rest_came_later(
    kind: type[GunicornRequestParser],
) -> None:
    head = message(b"POST / HTTP/1.1", [b"Content-Length: 5"], b"")
    parser = kind(CONFIGURATIONS[0], Source(head, TimeoutError(), b"seven"), PEER)
    body = next(parser).body
    with pytest.raises(TimeoutError):
        body.read()
    assert body.read() == b"seven"
    assert not parser.finish_body(deadline=float("inf"))


def test_a_body_that_has_been_read_costs_no_system_call() -> None:
    source = Source(ORDINARY)
    parser = RequestParser(CONFIGURATIONS[0], source, PEER)
    next(parser).body.read()
    assert parser.finish_body(deadline=float("inf"))
    assert source.changes == 0


@pytest.mark.parametrize(
    ("version", "is_known"), [((27, 0, 1), True), ((27, 1, 0), False), ((23, 0, 0), False)]
)
def test_a_gunicorn_that_is_not_known_reads_requests_by_itself(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_known: bool
) -> None:
    monkeypatch.setattr(http, "RequestParser", GunicornRequestParser)
    monkeypatch.setattr(gunicorn, "version_info", version)
    serving.use_for_every_request()
    assert type(http.get_parser(CONFIGURATIONS[0], Source(), PEER)) is (
        RequestParser if is_known else GunicornRequestParser
    )
