import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from endpoints.serving.valohai_serving.access_log import AccessLog

OWN = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms %(L)s "%(a)s"'
ANSWER = SimpleNamespace(status="200 OK", sent=12, headers=[("Content-Type", "text/plain")])
REQUEST = SimpleNamespace(headers=[("USER-AGENT", "curl"), ("X-TRACE", "7")])
ENVIRONMENT = {
    "REQUEST_METHOD": "POST",
    "RAW_URI": "/where?x=1",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "10.0.0.1",
    "HTTP_USER_AGENT": "curl",
}
TIME = datetime.timedelta(seconds=2, microseconds=1999)


def atoms(logger: type[Logger], access_log_format: str, **environment: str) -> dict[str, Any]:
    settings = Config()
    settings.set("access_log_format", access_log_format)
    given: dict[str, Any] = logger(settings).atoms(ANSWER, REQUEST, ENVIRONMENT | environment, TIME)
    return given


@pytest.mark.parametrize("environment", [{}, {"HTTP_USER_AGENT": 'quo"ted'}])
def test_what_our_format_names_is_written_as_gunicorn_does(environment: dict[str, str]) -> None:
    ours, all_of_them = atoms(AccessLog, OWN, **environment), atoms(Logger, OWN, **environment)
    assert ours == {name: all_of_them[name] for name in "hrsBLMa"}


@pytest.mark.parametrize("name", ["{x-trace}i", "{content-type}o", "{raw_uri}e", "U", "D"])
def test_a_format_of_the_project_has_everything_that_gunicorn_offers(name: str) -> None:
    written = f"%({name})s"
    assert atoms(AccessLog, written)[name] == atoms(Logger, written)[name]


@pytest.mark.parametrize("access_log_format", [OWN, "%(h)s %({x-trace}i)s"])
def test_the_address_is_that_of_the_routers_client(access_log_format: str) -> None:
    given = atoms(AccessLog, access_log_format, HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7")
    assert given["h"] == "203.0.113.7"
