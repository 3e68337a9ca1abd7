"""The line that is written for each request."""

import json
import re

import pytest

from endpoints.serving.valohai_serving.measurement import Observer, Request


def line(
    capfd: pytest.CaptureFixture[str], access_log: str, target: str = "/where?x=1", agent: str = "curl"
) -> str:
    observer = Observer(access_log)
    request = Request("POST", target, "HTTP/1.1", "203.0.113.7", agent, measured=True)
    observer.begin(request)
    observer.finish(request, 200, 12)
    return capfd.readouterr().out


def test_a_line_of_text_has_client_request_status_bytes_time_and_agent(
    capfd: pytest.CaptureFixture[str],
) -> None:
    form = r'203\.0\.113\.7 "POST /where\?x=1 HTTP/1\.1" 200 12 \d+ms "curl"\n'
    assert re.fullmatch(form, line(capfd, "text"))


def test_a_line_of_json_has_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    entry = json.loads(line(capfd, "json", agent='quo"ted'))
    assert entry.pop("time").endswith("+00:00")
    assert isinstance(entry.pop("seconds"), float)
    assert entry == {
        "remote": "203.0.113.7",
        "request": "POST /where?x=1 HTTP/1.1",
        "status": 200,
        "bytes": 12,
        "agent": 'quo"ted',
    }


@pytest.mark.parametrize("access_log", ["text", "json"])
def test_nothing_that_a_client_sends_makes_a_second_line(
    capfd: pytest.CaptureFixture[str], access_log: str
) -> None:
    written = line(capfd, access_log, "/a\r\nforged", 'b"\nforged\r')
    assert written.count("\n") == 1
    assert "%0D%0Aforged" in written


def test_nothing_is_written_where_nothing_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    assert line(capfd, "none") == ""
    assert not Observer().is_active
