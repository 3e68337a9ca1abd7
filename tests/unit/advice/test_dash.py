"""Dash applications that nobody told the prefix."""

from collections.abc import Callable, Sequence

import pytest

from endpoints.advice import Subject, advise_on_endpoints

Advice = Callable[..., list[str]]
Subjects = Callable[..., Sequence[Subject]]

PLAIN = "from dash import Dash, html\n\napp = Dash(__name__)\nserver = app.server\n"
EMPTY = "its page comes, what that loads does not, and it stays empty"


@pytest.fixture
def of_wsgi(subjects: Subjects) -> Advice:
    """Return the advice on an endpoint that serves `app:server`."""

    def make(settings: str = "", **files: str) -> list[str]:
        manifest = "- endpoint: {name: serve, image: x, wsgi: 'app:server', resources: {memory: {max: 9}}}\n"
        return [str(found) for found in advise_on_endpoints(subjects(manifest, settings, **files))]

    return make


@pytest.mark.parametrize("code", [PLAIN, "import dash\napp = dash.Dash()\n"])
def test_one_that_wsgi_serves_is_told_what_to_write(of_wsgi: Advice, code: str) -> None:
    (message,) = of_wsgi(app__py=code)
    assert message.startswith(
        f"valohai.yaml:1: serve.wsgi: Dash is not told the prefix: {EMPTY}; write Dash("
    )
    assert 'requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/"' in message


def test_one_with_its_own_server_is_told_the_variable(advice: Advice) -> None:
    (message,) = advice("HOST=0.0.0.0 python app.py", app__py=PLAIN)
    assert message.startswith("valohai.yaml:4: serve.server-command: Dash is not told")
    assert message.endswith("put DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ in front of the command")


@pytest.mark.parametrize(
    "code",
    [
        PLAIN.replace("__name__", '__name__, requests_pathname_prefix=PREFIX, routes_pathname_prefix="/"'),
        PLAIN.replace("__name__", "__name__, url_base_pathname=PREFIX"),
        f"import os\nprefix = os.environ['SCRIPT_NAME']\n{PLAIN}",
        "from flask import Flask\nserver = Flask(__name__)\n",
        "from dash import html\npage = html.Div()\nserver = None\n",
    ],
)
def test_code_that_has_thought_of_a_prefix_or_makes_no_dash_is_passed_over(
    of_wsgi: Advice, code: str
) -> None:
    assert of_wsgi(app__py=code) == []


def test_a_dash_elsewhere_in_the_project_is_passed_over(of_wsgi: Advice, advice: Advice) -> None:
    assert of_wsgi(app__py="server = None\n", board__py=PLAIN) == []
    assert advice("python server.py", server__py="pass\n", board__py=PLAIN) == []


def test_variables_tell_it_as_well(of_wsgi: Advice, advice: Advice) -> None:
    assert of_wsgi("environment: {DASH_REQUESTS_PATHNAME_PREFIX: /x/}", app__py=PLAIN) == []
    assert advice("DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ HOST=0.0.0.0 python app.py", app__py=PLAIN) == []
    assert advice("export DASH_URL_BASE_PATHNAME=/x/ && HOST=0.0.0.0 python app.py", app__py=PLAIN) == []
