"""Projects of `wsgi` that were written for a machine and a host of their own."""

import re
from collections.abc import Iterator

from endpoints.advice.application import served_files
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

_FILE = "gunicorn.conf.py"

_SETTINGS = {
    "bind": "the port of valohai.yaml is used; remove it",
    **dict.fromkeys(
        ("timeout", "graceful_timeout", "keepalive"),
        "the times of the stack file are used (probe.startupSeconds, workerTimeoutSeconds, shutdown, "
        "keepAliveSeconds); remove it",
    ),
    **dict.fromkeys(
        (
            "daemon",
            "user",
            "group",
            "pidfile",
            "errorlog",
            "accesslog",
            "syslog",
            "reload",
            "certfile",
            "keyfile",
        ),
        "it has no meaning in a container and is left out; remove it",
    ),
    **dict.fromkeys(
        ("header_map", "forwarded_allow_ips", "forwarder_headers", "secure_scheme_headers"),
        "whose headers are believed is not for a project to say, and it is left out; remove it",
    ),
    "preload_app": "workers are forked from a process that has imported the application: remove it if that "
    "starts threads or uses a GPU",
}
"""What becomes of gunicorn's settings in an image, and what to do."""

_FLASK_SESSION = re.compile(r"from flask import[^\n]*\bsession\b|\bflask\.session\b|\bflask_login\b")
_COOKIE_PATH = re.compile(r"SESSION_COOKIE_PATH")


def advise_on_gunicorn_settings(subject: Subject) -> Iterator[Problem]:
    """Find settings of a gunicorn.conf.py that count for nothing, or otherwise than they look."""
    settings = subject.code.python(_FILE)
    is_served = isinstance(subject.endpoint.server, Wsgi) and subject.settings.server == "gunicorn"
    if settings is None or not is_served:
        return
    for name, value, line in settings.assignments():
        remedy = _SETTINGS.get(name)
        if name == "workers" and "cpu_count" in value:
            remedy = (
                "it counts the CPUs of the node, not those of the limit; remove it, or set "
                "WEB_CONCURRENCY in the endpoint's environment"
            )
        if remedy is not None:
            yield subject.on_server(f"{_FILE}:{line}: {name}: {remedy}")


def advise_on_session_cookies(subject: Subject) -> Iterator[Problem]:
    """Find Flask's sessions if nothing says for which path their cookie is.

    Its default is the whole host, so that browsers send it to every endpoint there, other teams' too.
    """
    if not isinstance(subject.endpoint.server, Wsgi):
        return
    code, files = subject.code, served_files(subject)
    if code.mentions(_FLASK_SESSION, files) and not code.mentions(_COOKIE_PATH, files):
        yield subject.on_server(
            "Flask's session cookie is for the path /, so browsers send it to all endpoints of the host; set "
            'app.config["SESSION_COOKIE_PATH"] = os.environ["SCRIPT_NAME"].rsplit("/", 2)[0]'
        )
