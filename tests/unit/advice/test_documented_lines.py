"""Every line of the table in docs/prefixes.md starts a server that works, so it gets no advice."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from endpoints.advice.rules import advise_on_endpoints, advise_on_project_files
from tests.unit.advice.conftest import Subjects

REPOSITORY = Path(__file__).parents[3]
APPLICATIONS = REPOSITORY / "tests/serving/applications"
FILES = {
    "Flask": "flask_application.py",
    "Django": "django_application.py",
    "Django with WhiteNoise": "django_whitenoise.py",
    "FastAPI": "fastapi_application.py",
    "Starlette": "starlette_application.py",
    "Dash": "dash_wsgi.py",
    "Uvicorn with FastAPI": "fastapi_root_path.py",
    "Uvicorn with Starlette": "starlette_mounted.py",
    "Hypercorn with FastAPI": "fastapi_application.py",
    "gunicorn with FastAPI": "fastapi_application.py",
    "gunicorn with Flask": "flask_application.py",
    "Waitress with Flask": "flask_application.py",
    "Flask's own server": "werkzeug_dispatcher.py",
    "Streamlit": "streamlit_application.py",
    "Dash's own server": "dash_own_server.py",
    "http.server of Python": "static_page.html",
    "Node": "node_server.mjs",
    "Go": "go_server.go",
}


def lines() -> dict[str, dict[str, str]]:
    """Return the endpoint's keys of each line by its first column, with links reduced to their texts."""
    rows = (line.strip("|").split("|") for line in (REPOSITORY / "docs/prefixes.md").read_text().splitlines())
    cells = ([cell.strip() for cell in row] for row in rows if len(row) == 5)
    return {
        re.sub(r"\[(.+?)\]\(.+?\)", r"\1", name): yaml.safe_load(key.strip("`"))
        for name, key, *_ in cells
        if key.startswith("`")
    }


def test_every_line_of_the_table_is_looked_at() -> None:
    assert list(lines()) == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_line_of_the_table_gets_no_advice(subjects: Subjects, tmp_path: Path, name: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    suffix = Path(FILES[name]).suffix
    target = {".py": "app.py", ".mjs": "server.mjs", ".html": "public/index.html", ".go": "server"}[suffix]
    (project / target).parent.mkdir(exist_ok=True)
    shutil.copy(APPLICATIONS / FILES[name], project / target)
    (project / target).chmod(0o755)
    endpoint = {"name": "serve", "image": "x", "resources": {"memory": {"max": 64}}, **lines()[name]}
    found = subjects(yaml.safe_dump([{"endpoint": endpoint}]), "replicas: {min: 1, max: 1}")
    assert [str(problem) for problem in (*advise_on_endpoints(found), *advise_on_project_files(found))] == []
