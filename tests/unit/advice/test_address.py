"""Servers that listen where no request arrives."""

import pytest

from tests.unit.advice.conftest import Advice

STREAMLIT = "streamlit run app.py --server.baseUrlPath $SCRIPT_NAME"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uvicorn ship:app", "Uvicorn listens on localhost (its default, 127.0.0.1), so requests"),
        ("uvicorn ship:app --port $PORT", "from outside its pod cannot reach it; use --host 0.0.0.0"),
        ("uvicorn ship:app --host=localhost", "Uvicorn listens on localhost (--host localhost)"),
        ("python -m uvicorn ship:app --host 127.0.0.1", "Uvicorn listens on localhost (--host 127.0.0.1)"),
        ("UVICORN_HOST=127.0.0.1 uvicorn ship:app", "Uvicorn listens on localhost (UVICORN_HOST 127.0.0.1)"),
        ("~/.local/bin/uvicorn ship:app", "Uvicorn listens on localhost (its default"),
        ("poetry run uvicorn ship:app", "Uvicorn listens on localhost (its default"),
        ("pip install x && exec uvicorn ship:app", "Uvicorn listens on localhost (its default"),
        ("uvicorn ship:app  # --host 0.0.0.0", "Uvicorn listens on localhost (its default"),
        ("hypercorn ship:app", "Hypercorn listens on localhost (its default, 127.0.0.1)"),
        ("hypercorn ship:app --workers 1", "outside its pod cannot reach it; use --bind 0.0.0.0:$PORT"),
        ("hypercorn ship:app -b 127.0.0.1:8000", "Hypercorn listens on localhost (-b 127.0.0.1)"),
        ("gunicorn app -b 127.0.0.1:8000", "gunicorn listens on localhost (-b 127.0.0.1)"),
        ("gunicorn app -blocalhost:$PORT", "gunicorn listens on localhost (-b localhost)"),
        ("gunicorn app --bind=[::1]:8000", "gunicorn listens on localhost (--bind [::1])"),
        ("flask run --port 8000", "Flask's development server listens on localhost (its default, 127.0.0.1)"),
        ("python -m flask run -h 127.0.0.1 -p 8000", "server listens on localhost (-h 127.0.0.1)"),
        ("fastapi dev main.py", "fastapi dev listens on localhost (its default"),
        (f"{STREAMLIT} --server.port 8000 --server.address localhost", "(--server.address localhost)"),
        ("python -m http.server -d $SCRIPT_NAME -b 127.0.0.1", "listens on localhost (-b 127.0.0.1)"),
        ("waitress-serve --listen=127.0.0.1:8000 a:b", "Waitress listens on localhost (--listen 127.0.0.1)"),
        ("daphne -p 8000 a:b", "Daphne listens on localhost (its default"),
        ("python serve.py --host 127.0.0.1", "python listens on localhost (--host 127.0.0.1), so"),
        ("./serve --bind localhost:8000", "serve listens on localhost (--bind localhost), so"),
    ],
)  # fmt: skip
def test_a_server_on_localhost_is_advised_to_listen_on_all_interfaces(
    advice: Advice, command: str, expected: str
) -> None:
    (message,) = advice(f"'{command}'" if "#" in command or "[" in command else command)
    assert message.startswith("valohai.yaml:4: serve.server-command: ")
    assert expected in message


@pytest.mark.parametrize(
    ("command", "port", "expected"),
    [
        ("uvicorn a:b --host 0.0.0.0 --port 9000", None, "listens on port 9000 (--port), but requests"),
        ("uvicorn --host 0.0.0.0 --port 9000 a:b", None, "port, 8000 (the default); set port: 9000"),
        ("uvicorn a:b --host=0.0.0.0 --port=9000", None, "set port: 9000, or give the server $PORT"),
        ("uvicorn a:b --host 0.0.0.0", 9000, "(its default), but requests go to the endpoint's port, 9000;"),
        ("gunicorn a:b -b 0.0.0.0:5000", None, "gunicorn listens on port 5000 (-b)"),
        ("gunicorn a:b --bind :5000", None, "gunicorn listens on port 5000 (--bind)"),
        ("flask run --host 0.0.0.0", None, "server listens on port 5000 (its default)"),
        ("FLASK_RUN_PORT=7000 flask run -h 0.0.0.0", None, "listens on port 7000 (FLASK_RUN_PORT)"),
        (STREAMLIT, None, "Streamlit listens on port 8501 (its default)"),
        (f"export P=7000 && {STREAMLIT} --server.port $P", None, "port 7000 (--server.port)"),
        ("python -m http.server 8080 -d $SCRIPT_NAME", 8000, "listens on port 8080 (the first argument)"),
        ("python3 -u -m http.server -d $SCRIPT_NAME", 9000, "http.server listens on port 8000 (its default)"),
        ("waitress-serve a:b", None, "Waitress listens on port 8080 (its default)"),
        ("python serve.py --port 8888", None, "python gets --port 8888, but requests go to"),
        ("uvicorn a:b --host 0.0.0.0 --port 9000 2>&1 > /tmp/8000", None, "listens on port 9000"),
    ],
)  # fmt: skip
def test_a_server_on_another_port_is_advised_with_both_ports(
    advice: Advice, command: str, port: int | None, expected: str
) -> None:
    (message,) = advice(command, port)
    assert expected in message


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ("uvicorn a:b --host 0.0.0.0 --port $PORT", 9000),
        ("uvicorn a:b --host 0.0.0.0 --port ${PORT}", 9000),
        ("uvicorn a:b --host 0.0.0.0 --port ${PORT:-8000}", 9000),
        ("'uvicorn a:b --host \"::\" --port 8000'", None),
        ("uvicorn a:b --host $HOST", None),
        ("uvicorn a:b --uds /tmp/socket", 9000),
        ("hypercorn a:b --config hypercorn.toml", 9000),
        ("hypercorn a:b --bind unix:/tmp/socket", None),
        ("gunicorn a:b", 9000),
        ("gunicorn a:b -c settings.py", 9000),
        ("gunicorn a:b -b 0.0.0.0:8000 -b 127.0.0.1:9000", None),
        ("fastapi run main.py", None),
        ("flask run --host=0.0.0.0 --port=$PORT", None),
        ("python -m http.server $PORT -d $SCRIPT_NAME", 9000),
        ("python -m http.server --directory $SCRIPT_NAME 9000 > /dev/null", 9000),
        ("uvicorn a:b --port 9000 & nginx", None),
        ("uvicorn a:b --port 9000 & wait", None),
        ("if true; then uvicorn a:b; fi", None),
        ("uvicorn a:b --port $(cat port)", None),
        ("uvicorn a:b --port `cat port`", None),
        ("python serve.py --database-host 127.0.0.1 --db-port 5432", None),
        ("python serve.py --host localhost --host 0.0.0.0", None),
        ("tensorflow_model_server --port=8500 --rest_api_port=8501", 8501),
        ("python serve.py --port 5432 --http-port 8000", None),
        ("python serve.py --port metrics", None),
        ("'a \"unfinished'", None),
    ],
)  # fmt: skip
def test_what_is_right_or_cannot_be_known_is_passed_over(
    advice: Advice, command: str, port: int | None
) -> None:
    assert advice(command, port) == []


def test_variables_of_the_stack_file_count(advice: Advice) -> None:
    settings = 'environment: {UVICORN_HOST: "0.0.0.0", UVICORN_PORT: "9000"}'
    assert advice("uvicorn a:b", 9000, settings) == []
    (message,) = advice("uvicorn a:b", 8000, settings)
    assert "Uvicorn listens on port 9000 (UVICORN_PORT)" in message


def test_a_servers_own_file_in_the_project_may_hold_what_the_command_leaves_out(advice: Advice) -> None:
    file = {"gunicorn__conf__py": "bind = '0.0.0.0:8000'\n"}
    assert advice("gunicorn a:b", **file) == []
    (message,) = advice("gunicorn a:b -b 127.0.0.1:8000", **file)
    assert "gunicorn listens on localhost (-b 127.0.0.1)" in message


def test_the_last_item_of_a_list_is_the_server(advice: Advice) -> None:
    assert advice("[pip install uvicorn, 'uvicorn a:b --host 0.0.0.0']") == []
    (message,) = advice("[pip install uvicorn, uvicorn a:b]")
    assert "Uvicorn listens on localhost" in message
