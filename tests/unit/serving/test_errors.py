"""Applications write to `wsgi.errors` as with gunicorn alone."""

import io
import logging
import sys

import pytest
from gunicorn.config import Config

from endpoints.serving.valohai_serving.errors import Errors


def test_errors_go_where_gunicorn_writes_to_at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = Config()
    errors = Errors(configuration)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    logger = logging.getLogger("gunicorn.error")
    monkeypatch.setattr(logger, "handlers", [logging.NullHandler(), logging.StreamHandler(io.StringIO())])
    errors.write("seven")
    assert [stream.getvalue() for stream in errors.streams] == ["seven", "seven"]


def test_closing_them_closes_those_of_one_request_alone() -> None:
    first, second = Errors(Config()), Errors(Config())
    first.close()
    assert not second.closed
    second.flush()
