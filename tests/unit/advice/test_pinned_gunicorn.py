"""Advice on requirements whose gunicorn is too old for the application."""

import pytest

from endpoints.advice import advise_on_endpoints
from tests.unit.advice.conftest import Subjects

MANIFEST = """\
- endpoint: {name: serve, image: x, wsgi: "app:app", resources: {memory: {max: 64}}}
"""
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize("pin", ["gunicorn==23.0.0", "Gunicorn [gthread] == 20.1", "flask\ngunicorn==19.*"])
def test_an_old_gunicorn_for_an_asgi_application_is_told(subjects: Subjects, pin: str) -> None:
    found = subjects(MANIFEST, app__py=FASTAPI, requirements__txt=pin.replace(" [", "["))
    (message,) = [str(problem) for problem in advise_on_endpoints(found)]
    assert message.startswith("valohai.yaml:1: serve.wsgi: is an ASGI application, and requirements.txt pins")
    assert message.endswith("pin 24 or newer, remove the pin, or add uvicorn-worker")


@pytest.mark.parametrize(
    ("code", "requirements"),
    [
        (FASTAPI, "gunicorn==27.0.1"),
        (FASTAPI, "gunicorn>=20"),
        (FASTAPI, "not-gunicorn==20.1"),
        (FASTAPI, "fastapi"),
        (FLASK, "gunicorn==20.1"),
    ],
)
def test_what_works_is_not_told(subjects: Subjects, code: str, requirements: str) -> None:
    assert not [*advise_on_endpoints(subjects(MANIFEST, app__py=code, requirements__txt=requirements))]


def test_only_the_requirements_that_are_installed_count(subjects: Subjects) -> None:
    files = {"requirements__txt": "gunicorn==20.1", "requirements-deployment__txt": "fastapi"}
    assert not [*advise_on_endpoints(subjects(MANIFEST, app__py=FASTAPI, **files))]
