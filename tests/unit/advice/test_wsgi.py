"""Projects that were written for a machine and a host of their own."""

import pytest

from tests.unit.advice.conftest import Advice

APPLICATION = "from flask import Flask, session\nserver = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("bind = '127.0.0.1:80'", "gunicorn.conf.py:2: bind: the port of valohai.yaml is used"),
        ("daemon = True", "gunicorn.conf.py:2: daemon: it has no meaning in a container"),
        ("header_map = 'dangerous'", "gunicorn.conf.py:2: header_map: whose headers are believed"),
        ("timeout = 120", "gunicorn.conf.py:2: timeout: the times of the stack file are used"),
        ("workers = os.cpu_count() * 2 + 1", "gunicorn.conf.py:2: workers: it counts the CPUs of the node"),
        ("preload_app = True", "gunicorn.conf.py:2: preload_app: workers are forked"),
    ],
)
def test_a_setting_of_gunicorn_for_another_machine_is_told_with_its_line(
    wsgi_advice: Advice, line: str, said: str
) -> None:
    (found,) = wsgi_advice(app__py="server = print\n", gunicorn__conf__py=f"import os\n{line}\n")
    assert said in found


@pytest.mark.parametrize("line", ["threads = 8", "workers = 2", "access_log_format = '%(r)s'"])
def test_a_setting_of_gunicorn_that_counts_is_left_alone(wsgi_advice: Advice, line: str) -> None:
    assert wsgi_advice(app__py="server = print\n", gunicorn__conf__py=f"{line}\n") == []


def test_granian_reads_no_settings_of_gunicorn(wsgi_advice: Advice) -> None:
    files = {"app__py": "server = print\n", "gunicorn__conf__py": "daemon = True\n"}
    assert wsgi_advice("server: granian", **files) == []


def test_a_session_cookie_for_the_whole_host_is_told_with_the_line_that_limits_it(
    wsgi_advice: Advice,
) -> None:
    (found,) = wsgi_advice(app__py=APPLICATION)
    assert 'app.config["SESSION_COOKIE_PATH"] = os.environ["SCRIPT_NAME"].rsplit("/", 2)[0]' in found


def test_only_the_served_code_says_anything_of_session_cookies(wsgi_advice: Advice) -> None:
    plain = "from flask import Flask\nserver = Flask(__name__)\n"
    assert wsgi_advice(app__py=plain, admin__py=APPLICATION) == []
    (found,) = wsgi_advice(app__py=APPLICATION, admin__py="SESSION_COOKIE_PATH = '/acme'\n")
    assert "Flask's session cookie is for the path /" in found


def test_a_session_cookie_with_a_path_is_left_alone(wsgi_advice: Advice) -> None:
    assert wsgi_advice(app__py=f"{APPLICATION}server.config['SESSION_COOKIE_PATH'] = '/acme'\n") == []
