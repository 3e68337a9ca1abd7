"""The table of known servers: each one as people start it first, and as it works."""

from dataclasses import dataclass

import pytest

from endpoints.advice.servers import SERVERS
from tests.unit.advice.conftest import Advice

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
GRADIO = "import gradio\ngradio.Interface(print, 'text', 'text').launch()\n"
DASH = "from dash import Dash\napp = Dash(__name__)\napp.run()\n"
MOUNTED = 'app.wsgi_app = DispatcherMiddleware(NotFound(), {os.environ["SCRIPT_NAME"]: app.wsgi_app})'
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


def impossible(title: str) -> str:
    return (
        f"{title} cannot serve under a prefix, so every request gets 404; set prefix: strip in the stack file"
    )


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
        "Uvicorn",
        "python app.py",
        (localhost("Uvicorn"), port("Uvicorn", 8000), f"write {IN_CODE}"),
        "python app.py",
        f"import uvicorn\n{FASTAPI}uvicorn.run(app)\n",
        f"import uvicorn\napp = {IN_CODE}\nuvicorn.run(app, host='0.0.0.0', port=int(os.environ['PORT']))\n",
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
        (port("Waitress", 8080), "add --url-prefix $VH_DEFAULT_PREFIX, or use wsgi"),
        "waitress-serve --port $PORT --url-prefix $SCRIPT_NAME app:app",
        FLASK,
    ),
    Row(
        "Flask's development server",
        "flask run --port $PORT",
        (localhost("Flask's development server"), f"write {MOUNTED}, both from Werkzeug, or use wsgi"),
        "flask --app app run --host 0.0.0.0 --port $PORT",
        FLASK,
        f"{FLASK}{MOUNTED}\n",
    ),
    Row(
        "Dash",
        "python app.py",
        (
            "so requests from outside its pod cannot reach it; put HOST=0.0.0.0 in front of the command",
            "Dash does not know the prefix, so its page loads but stays empty; "
            "put DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ in front of the command",
        ),
        "HOST=0.0.0.0 DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ python app.py",
        DASH,
    ),
    Row(
        "Flask's development server",
        "python app.py",
        (
            localhost("Flask's development server"),
            port("Flask's development server", 5000),
            f"write {MOUNTED}, both from Werkzeug, or use wsgi",
        ),
        "python app.py",
        f"{FLASK}if __name__ == '__main__':\n    app.run()\n",
        f"{FLASK}{MOUNTED}\napp.run(host='0.0.0.0', port=9000)\n",
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
            localhost("Gradio"),
            "set port: 7860, or put GRADIO_SERVER_PORT=$PORT in front of the command",
            "Gradio does not know the prefix, so every request gets 404; "
            "put GRADIO_ROOT_PATH=$SCRIPT_NAME in front of the command",
        ),
        "GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT GRADIO_ROOT_PATH=$SCRIPT_NAME python app.py",
        GRADIO,
    ),
    Row(
        "R Shiny",
        "R -e \"shiny::runApp('r', host='127.0.0.1', port=6362)\"",
        (
            "R Shiny listens on localhost (host 127.0.0.1)",
            "R Shiny listens on port 6362 (port)",
            impossible("R Shiny"),
        ),
        "nginx && Rscript -e \"shiny::runApp('r', host='0.0.0.0', port=9000)\"",
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
    Row(
        "vLLM",
        "vllm serve acme/model",
        (port("vLLM", 8000), "vLLM does not know the prefix, so every request gets 404; add --root-path"),
        "vllm serve acme/model --port $PORT --root-path $VH_DEFAULT_PREFIX",
    ),
    Row(
        "llama-server",
        "llama-server -m model.gguf",
        (localhost("llama-server"), port("llama-server", 8080), "add --api-prefix $VH_DEFAULT_PREFIX"),
        "llama-server --host 0.0.0.0 --port $PORT --api-prefix $VH_DEFAULT_PREFIX -m model.gguf",
    ),
    Row(
        "BentoML",
        "bentoml serve app:Service",
        (port("BentoML", 3000), "write @bentoml.service(path_prefix="),
        "bentoml serve -p $PORT app:Service",
        "import bentoml\n@bentoml.service\nclass Service: ...\n",
        "import bentoml\n@bentoml.service(path_prefix=prefix)\nclass Service: ...\n",
    ),
    Row(
        "Ray Serve",
        "serve run app:app",
        (
            "cannot reach it; put RAY_SERVE_DEFAULT_HTTP_HOST=0.0.0.0 in front of the command",
            port("Ray Serve", 8000),
            "add --route-prefix $VH_DEFAULT_PREFIX",
        ),
        "serve run config.yaml",
    ),
    Row(
        "MLflow",
        "mlflow models serve -m model",
        (localhost("MLflow"), port("MLflow", 5000), impossible("MLflow")),
        "nginx && mlflow models serve -m model -h 0.0.0.0 -p $PORT",
    ),
    Row(
        "Ollama",
        "ollama serve",
        (
            "cannot reach it; put OLLAMA_HOST=0.0.0.0:$PORT in front of the command",
            port("Ollama", 11434),
            impossible("Ollama"),
        ),
        "caddy start && OLLAMA_HOST=0.0.0.0:$PORT ollama serve",
    ),
    Row(
        "Text Generation Inference",
        "text-generation-launcher --model-id acme/model",
        (impossible("Text Generation Inference"),),
        "nginx && text-generation-launcher --model-id acme/model",
    ),
    Row(
        "Triton",
        "tritonserver --model-repository models",
        (port("Triton", 8000), impossible("Triton")),
        "nginx && tritonserver --model-repository models --http-port $PORT",
    ),
    Row(
        "TorchServe",
        "torchserve --start --foreground",
        (impossible("TorchServe"),),
        "nginx && torchserve --start --foreground",
    ),
    Row(
        "TensorFlow Serving",
        "tensorflow_model_server --port=8500 --rest_api_port=8501",
        ("TensorFlow Serving listens on port 8501 (--rest_api_port)", impossible("TensorFlow Serving")),
        "nginx && tensorflow_model_server --port=8500 --rest_api_port=$PORT",
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
