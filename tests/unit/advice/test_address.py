"""Servers that listen where no request arrives."""

from pathlib import Path

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
        ("gunicorn app --bind=[0:0:0:0:0:0:0:1]:8000", "listens on localhost (--bind [0:0:0:0:0:0:0:1])"),
        ("uvicorn ship:app --host ::1", "Uvicorn listens on localhost (--host ::1)"),
        ("uvicorn ship:app --host ::ffff:127.0.0.1", "listens on localhost (--host ::ffff:127.0.0.1)"),
        ("python serve.py --host ::1", "python listens on localhost (--host ::1), so"),
        ("./serve --bind [::1]:8000", "serve listens on localhost (--bind [::1]), so"),
        ("python -m http.server $PORT -d $SCRIPT_NAME -b 127.1", "listens on localhost (-b 127.1)"),
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
        ("'uvicorn a:b --host :: --port $PORT'", None),
        ("hypercorn a:b --bind [::]:$PORT", None),
        ("gunicorn a:b -b [::]:$PORT -b 0.0.0.0:$PORT", None),
        ("'python serve.py --host ::'", None),
        ("./serve --bind [::]:8000", 8000),
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
        ("model-server --port=8500 --rest_api_port=8501", 8501),
        ("python serve.py --port 5432 --http-port 8000", None),
        ("python serve.py --port metrics", None),
    ],
)  # fmt: skip
def test_what_is_right_or_cannot_be_known_is_passed_over(
    advice: Advice, command: str, port: int | None
) -> None:
    assert advice(command, port) == []


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("uvicorn a:b --host 203.0.113.5", "use --host 0.0.0.0"),
        ("uvicorn a:b --host 2001:db8::5", "use --host 0.0.0.0"),
        ("hypercorn a:b --bind [2001:db8::5]:8000", "use --bind 0.0.0.0:$PORT"),
        ("hypercorn a:b --bind models.acme.example:8000", "use --bind 0.0.0.0:$PORT"),
        (
            f"{STREAMLIT} --server.port $PORT --server.address models.acme.example",
            "use --server.address 0.0.0.0",
        ),
        ("python -m http.server $PORT -d $SCRIPT_NAME -b 10.0.0.5", "use --bind 0.0.0.0"),
    ],
)
def test_an_address_that_no_pod_has_is_told(advice: Advice, command: str, remedy: str) -> None:
    (message,) = advice(command)
    assert "which is no address of its pod, so it cannot start; " in message
    assert message.endswith(remedy)


@pytest.mark.parametrize(
    ("code", "port", "parts"),
    [
        ("app.run(port=5001)", 5001, ["listens on localhost (its default"]),
        (
            "app.run(host='127.0.0.1', port=8000)",
            8000,
            ["(host 127.0.0.1), so", 'set host="0.0.0.0" in the code'],
        ),
        ("app.run(host='0.0.0.0')", 8000, ["listens on port 5000 (its default)"]),
        ("app.run(host='0.0.0.0', port=9000)", 8000, ['port=int(os.environ["PORT"]) in the code']),
        ("app.run(host='0.0.0.0', port=int(os.environ['PORT']))", 8000, []),
        ("app.run(host=args.host, port=args.port)", 8000, []),
        ("app.run('0.0.0.0', 8000)", 8000, []),
        ("app.run(**options)", 8000, []),
        ("app.run() if debug else app.run(host='0.0.0.0')", 8000, []),
        ("other.run()", 8000, []),
        ("subprocess.run(['x'])", 8000, []),
    ],
)
def test_the_call_that_starts_a_server_in_a_script_is_read(
    advice: Advice, code: str, port: int, parts: list[str]
) -> None:
    script = f"from flask import Flask\napp = Flask(__name__)\nPREFIX = SCRIPT_NAME\n{code}\n"
    message = " ".join(advice("python app.py", port, app__py=script))
    assert bool(message) == bool(parts)
    assert all(part in message for part in parts)


@pytest.mark.parametrize(
    ("code", "advised"),
    [
        ("import uvicorn\nuvicorn.run('app:app')", True),
        ("from uvicorn import run\nrun(app)", True),
        ("import uvicorn\nuvicorn.run(app, host='0.0.0.0')", False),
        ("import uvicorn\nuvicorn.run(app, uds='/tmp/socket')", False),
        ("import uvicorn\nserver.run(app)", False),
    ],
)
def test_uvicorn_in_a_script_is_recognised_by_its_function(advice: Advice, code: str, advised: bool) -> None:
    messages = advice("python app.py", 8000, app__py=f"app = FastAPI(root_path=x)\n{code}\n")
    assert [("Uvicorn listens on localhost (its default" in message) for message in messages] == [
        True
    ] * advised


@pytest.mark.parametrize("path", ["service.py", "service/__init__.py", "service/__main__.py"])
def test_a_module_that_python_starts_is_read_as_well(advice: Advice, tmp_path: Path, path: str) -> None:
    file = tmp_path / "project" / path
    file.parent.mkdir(parents=True)
    (file.parent / "__init__.py").touch()
    file.write_text("import uvicorn\nPREFIX = SCRIPT_NAME\nuvicorn.run(app, port=9000)\n")
    host, port = advice("python -m service", 8000)
    assert "Uvicorn listens on localhost (its default" in host
    assert "Uvicorn listens on port 9000 (port), but" in port


def test_a_script_that_is_not_started_by_python_is_not_read(advice: Advice) -> None:
    code = "import uvicorn\napp = FastAPI(root_path=x)\nuvicorn.run(app)\n"
    assert advice("fastapi run app.py", app__py=code) == []
    (message,) = advice("./app.py", app__py=code)
    assert "Uvicorn listens on localhost" in message


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
