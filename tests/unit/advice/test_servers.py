"""The table of known servers: each one as people start it first, and as it works."""

from dataclasses import dataclass

import pytest

from endpoints.advice.servers import SERVERS
from tests.unit.advice.conftest import Advice

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
GRADIO = "import gradio\ngradio.Interface(print, 'text', 'text').launch()\n"
DASH = "from dash import Dash\napp = Dash(__name__)\napp.run()\n"
IN_CODE = 'FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])'


@dataclass(frozen=True)
class Row:
    """A server of the table.

    `first` is a command that starts it without any options, `code` what app.py holds; `advice` has a part of
    each message, in order. `right` is a command that gets no advice, with `right_code` in app.py.
    """

    title: str
    first: str
    advice: tuple[str, ...]
    right: str
    code: str = ""
    right_code: str | None = None


def localhost(title: str) -> str:
    return f"{title} listens on localhost (its default, 127.0.0.1)"


def port(title: str, number: int) -> str:
    return f"{title} listens on port {number} (its default)"


ROWS = (
    Row(
        "Uvicorn",
        "uvicorn app:app --port $PORT",
        (localhost("Uvicorn"), f"write {IN_CODE}"),
        "uvicorn app:app --host 0.0.0.0 --port $PORT",
        FASTAPI,
        f"app = {IN_CODE}",
    ),
    Row(
        "fastapi run",
        "fastapi run app.py",
        (port("fastapi run", 8000), f"write {IN_CODE}"),
        "fastapi run app.py --port $PORT",
        FASTAPI,
        f"app = {IN_CODE}",
    ),
    Row(
        "fastapi dev",
        "fastapi dev app.py --port $PORT",
        (localhost("fastapi dev"), f"write {IN_CODE}"),
        "fastapi dev app.py --host 0.0.0.0 --port $PORT",
        FASTAPI,
        f"app = {IN_CODE}",
    ),
    Row(
        "Hypercorn",
        "hypercorn app:app",
        (localhost("Hypercorn"), port("Hypercorn", 8000), "add --root-path $VH_DEFAULT_PREFIX"),
        "hypercorn app:app --bind 0.0.0.0:$PORT --root-path $VH_DEFAULT_PREFIX",
        FASTAPI,
    ),
    Row(
        "gunicorn",
        "gunicorn app:app --bind 127.0.0.1:$PORT",
        ("gunicorn listens on localhost (--bind 127.0.0.1)",),
        "gunicorn app:app",
        FLASK,
    ),
    Row(
        "gunicorn",
        "gunicorn -k asgi app:app",
        ("add --root-path $VH_DEFAULT_PREFIX",),
        "gunicorn -k asgi app:app --root-path $VH_DEFAULT_PREFIX",
        FASTAPI,
    ),
    Row(
        "gunicorn",
        "gunicorn -k uvicorn.workers.UvicornWorker app:app",
        (f"write {IN_CODE}",),
        "gunicorn -k uvicorn_worker.UvicornWorker app:app",
        FASTAPI,
        f"app = {IN_CODE}",
    ),
    Row(
        "Daphne",
        "daphne app:app --port $PORT",
        (localhost("Daphne"),),
        "daphne -b 0.0.0.0 -p $PORT app:app",
        FASTAPI,
    ),
    Row(
        "Waitress",
        "waitress-serve app:app",
        (port("Waitress", 8080),),
        "waitress-serve --port $PORT app:app",
        FLASK,
    ),
    Row(
        "Flask's development server",
        "flask run --port $PORT",
        (localhost("Flask's development server"),),
        "flask run --host 0.0.0.0 --port $PORT",
        FLASK,
    ),
    Row(
        "Streamlit",
        "streamlit run app.py",
        (
            port("Streamlit", 8501),
            "Streamlit does not know the prefix, so its page loads but stays empty; add --server.baseUrlPath "
            "$VH_DEFAULT_PREFIX",
        ),
        "streamlit run app.py --server.port $PORT --server.baseUrlPath $VH_DEFAULT_PREFIX",
    ),
    Row(
        "Gradio",
        "python app.py",
        (
            "Gradio listens on 127.0.0.1:7860 by default, so requests from outside its pod cannot reach it; "
            "put GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT in front of the command",
            "Gradio does not know the prefix, so every request gets 404; "
            "put GRADIO_ROOT_PATH=$SCRIPT_NAME in front of the command",
        ),
        "GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT GRADIO_ROOT_PATH=$SCRIPT_NAME python app.py",
        GRADIO,
    ),
    Row(
        "Dash",
        "HOST=0.0.0.0 python app.py",
        (
            "Dash does not know the prefix, so its page loads but stays empty; "
            "put DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ in front of the command",
        ),
        "HOST=0.0.0.0 DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ python app.py",
        DASH,
    ),
    Row(
        "http.server",
        "python -m http.server --directory site",
        (port("http.server", 8000), "so every request gets 404; replace "),
        "mkdir -p www$SCRIPT_NAME && ln -sf $PWD/site/* www$SCRIPT_NAME && "
        "python -m http.server $PORT --directory www",
    ),
    Row(
        "wsgiref.simple_server",
        "python -m wsgiref.simple_server",
        (port("wsgiref.simple_server", 8000), "this server exits after one request"),
        "python serve.py",
    ),
)
IDS = [row.first for row in ROWS]


def test_every_server_of_the_table_has_a_row_here() -> None:
    assert [row.title for row in ROWS] == [server.title for server in SERVERS]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_server_that_is_started_without_options_is_advised(advice: Advice, row: Row) -> None:
    messages = advice(row.first, 9000, app__py=row.code)
    assert len(messages) == len(row.advice)
    for message, part in zip(messages, row.advice, strict=True):
        assert message.startswith("valohai.yaml:4: serve.server-command: ")
        assert part in message


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_server_with_the_right_options_is_passed_over(advice: Advice, row: Row) -> None:
    code = row.code if row.right_code is None else row.right_code
    assert advice(row.right, 9000, app__py=code) == []
