"""gunicorn's request, of which what is ordinary is read in fewer steps."""

import functools
import re
from typing import Any, List, Set, Tuple

import gunicorn
from gunicorn import http
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.message import Request as GunicornRequest
from gunicorn.http.parser import RequestParser as GunicornRequestParser

KNOWN_GUNICORNS = ((27, 0, 0), (27, 0, 1))
"""Releases whose rules are those below. Requests to any other are read by gunicorn alone."""

_LINE = r"[!#$%&'*+\-.^`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*"
_ORDINARY = re.compile(rf"{_LINE}(?:\r\n{_LINE})*")
"""Headers that gunicorn takes as they are: names without an underscore, values without control characters."""

_WITH_RULES = frozenset(("HOST", "CONTENT-TYPE", "EXPECT"))
"""Headers that gunicorn has rules for, beside those that tell the scheme."""


class Request(GunicornRequest):  # type: ignore[misc]
    """Reads ordinary headers by one regular expression, and a request line once for all that are the same.

    gunicorn takes some forty steps of Python for each header, of which a router adds half a dozen. It still
    judges the headers that it has rules for, and it reads all of them by itself if one is not ordinary, if
    they are too many, or if one might be too long.
    """

    def parse_request_line(self, line_bytes: bytes) -> None:
        """Set method, path, version and what else the line tells, or raise what gunicorn raises."""
        known = _request_line(self.cfg, line_bytes)
        self.method, self.uri, self.path, self.query, self.fragment, self.version = known

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> List[Tuple[str, str]]:
        """Return names in capitals and values, or raise what gunicorn raises."""
        text = data.decode("latin-1")
        lines = text.split("\r\n")
        if (
            from_trailer
            or len(lines) > self.limit_request_fields
            or len(data) + len("\r\n") > self.limit_request_field_size
            or not _ORDINARY.fullmatch(text)
        ):
            headers: List[Tuple[str, str]] = super().parse_headers(data, from_trailer)
            return headers
        scheme_headers, forwarder_headers = self._peer_trusted_for_forwarded()
        has_scheme: List[bool] = [False]
        seen: Set[str] = set()
        headers = [
            (name.upper(), value.strip(" \t")) for name, _, value in [line.partition(":") for line in lines]
        ]
        for name, value in headers:
            if name in _WITH_RULES or name in scheme_headers:
                self._apply_header_policy(name, value, has_scheme, seen, scheme_headers, forwarder_headers)
        return headers


# An endpoint's callers ask for the same few paths again and again.
@functools.lru_cache(maxsize=256)
def _request_line(cfg: Any, line: bytes) -> Tuple[Any, ...]:
    request = GunicornRequest.__new__(GunicornRequest)
    request.cfg = cfg
    request.parse_request_line(line)
    return request.method, request.uri, request.path, request.query, request.fragment, request.version


class RequestParser(GunicornRequestParser):  # type: ignore[misc]
    """Sees by itself that a request's body has been read."""

    mesg_class = Request

    def finish_body(self, deadline: Any = None, max_bytes: Any = None) -> bool:
        """Read what is left of the body; return whether that is all of it, so that the connection can stay.

        gunicorn tries to read with a time-out, which takes four system calls in each request.
        """
        body: Any = getattr(self.mesg, "body", None)
        # What the body still holds of it is nobody's any more.
        if (
            type(body) is Body
            and type(body.reader) is LengthReader
            and body.reader.length == 0
            and not body.failed
        ):
            return True
        finished: bool = super().finish_body(deadline, max_bytes)
        return finished


def use_for_every_request() -> None:
    """Let gunicorn make this parser, for which it has no setting."""
    if gunicorn.version_info in KNOWN_GUNICORNS:
        http.RequestParser = RequestParser
