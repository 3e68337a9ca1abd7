"""The table of known servers: how each is recognised, where it listens, and how it gets the prefix.

To add a server, add a row to `SERVERS` and a row to the table in tests/unit/advice/test_servers.py. What the
columns mean is in `models.py`. docs/prefixes.md says what each server needs under a prefix.

Options and defaults are from the servers' own `--help` and sources (Uvicorn 0.54, Hypercorn 0.18, gunicorn
27, Flask 3.1, Streamlit 1.67, Waitress 3.0, Dash 4.4, Gradio 6.31, BentoML 1.4, MLflow 3.17, Ray 2.60, Python
3.11), those of the others from their documentation.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from endpoints.advice.code import Code
from endpoints.advice.models import EMPTY_PAGE, Framework, Prefix, Script, Server
from endpoints.advice.shell import Command, parse
from endpoints.manifest import ServerCommand, Wsgi

EVERY_INTERFACE = "0.0.0.0"
LOCALHOST = "127.0.0.1"

_ROOT_PATH = Prefix(option="--root-path")
_IMPOSSIBLE = Prefix(impossible=True, known_by=r"nginx|caddy|traefik|envoy|haproxy")

_DASH_KNOWN_BY = r"pathname_prefix|url_base_pathname|DASH_\w+_PATHNAME|SCRIPT_NAME|VH_DEFAULT_PREFIX"
_DASH_SLASHES = {
    "requests_pathname_prefix": EMPTY_PAGE,
    "routes_pathname_prefix": "so Dash does not start",
    "url_base_pathname": "so Dash does not start",
}

_UVICORN = Server(
    "Uvicorn",
    command=("uvicorn",),
    default_host=LOCALHOST,
    default_port=8000,
    host=("--host",),
    port=("--port",),
    elsewhere=("--uds", "--fd"),
    host_variable="UVICORN_HOST",
    port_variable="UVICORN_PORT",
    prefix=Prefix(in_code="ASGI", doubled_by="--root-path"),
    serves_modules=True,
)
# PORT is set in every container, and gunicorn then listens on that port of every interface.
_GUNICORN = Server(
    "gunicorn",
    command=("gunicorn",),
    default_host=EVERY_INTERFACE,
    bind=("--bind", "-b"),
    elsewhere=("--config", "-c"),
    files=("gunicorn.conf.py",),
    serves_modules=True,
)
_FASTAPI_RUN = replace(
    _UVICORN,
    title="fastapi run",
    command=("fastapi", "run"),
    default_host=EVERY_INTERFACE,
    elsewhere=(),
    host_variable="",
    port_variable="",
)
_FLASK_RUN = Server(
    "Flask's development server",
    command=("flask", "run"),
    default_host=LOCALHOST,
    default_port=5000,
    host=("--host", "-h"),
    port=("--port", "-p"),
    host_variable="FLASK_RUN_HOST",
    port_variable="FLASK_RUN_PORT",
    prefix=Prefix(in_code="WSGI"),
    serves_modules=True,
    module_options=("--app", "-A"),
    module_variable="FLASK_APP",
    default_modules=("wsgi", "app"),
)

SERVERS: Sequence[Server] = (
    _UVICORN,
    Server(
        "Uvicorn",
        script=Script("uvicorn", ("uvicorn.run",)),
        default_host=LOCALHOST,
        default_port=8000,
        elsewhere=("uds", "fd"),
        host_argument="host",
        port_argument="port",
        prefix=Prefix(in_code="ASGI"),
    ),
    _FASTAPI_RUN,
    replace(_FASTAPI_RUN, title="fastapi dev", command=("fastapi", "dev"), default_host=LOCALHOST),
    Server(
        "Hypercorn",
        command=("hypercorn",),
        default_host=LOCALHOST,
        default_port=8000,
        bind=("--bind", "-b"),
        elsewhere=("--config", "-c", "--insecure-bind", "--quic-bind"),
        prefix=_ROOT_PATH,
        serves_modules=True,
    ),
    replace(_GUNICORN, worker="asgi", prefix=_ROOT_PATH),
    replace(_GUNICORN, worker=".*uvicorn.*", prefix=Prefix(in_code="ASGI")),
    _GUNICORN,
    Server(
        "Daphne",
        command=("daphne",),
        default_host=LOCALHOST,
        default_port=8000,
        host=("--bind", "-b"),
        port=("--port", "-p"),
        elsewhere=("--endpoint", "-e", "--unix-socket", "-u", "--fd"),
        serves_modules=True,
    ),
    Server(
        "Waitress",
        command=("waitress-serve",),
        default_host=EVERY_INTERFACE,
        default_port=8080,
        host=("--host",),
        port=("--port",),
        bind=("--listen",),
        elsewhere=("--unix-socket",),
        prefix=Prefix(option="--url-prefix"),
        serves_modules=True,
    ),
    _FLASK_RUN,
    Server(
        "Dash",
        script=Script("dash", ("Dash.run", "Dash.run_server")),
        default_host=LOCALHOST,
        host_variable="HOST",
        host_argument="host",
        port_argument="port",
        prefix=Prefix(
            variable="DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/", known_by=_DASH_KNOWN_BY, effect=EMPTY_PAGE
        ),
    ),
    Server(
        "Flask's development server",
        script=Script("flask", ("Flask.run",)),
        default_host=LOCALHOST,
        default_port=5000,
        host_argument="host",
        port_argument="port",
        prefix=Prefix(in_code="WSGI"),
    ),
    Server(
        "Streamlit",
        command=("streamlit", "run"),
        default_host=EVERY_INTERFACE,
        default_port=8501,
        host=("--server.address",),
        port=("--server.port",),
        files=(".streamlit/config.toml",),
        host_variable="STREAMLIT_SERVER_ADDRESS",
        port_variable="STREAMLIT_SERVER_PORT",
        prefix=Prefix(
            option="--server.baseUrlPath",
            known_by="baseUrlPath|BASE_URL_PATH",
            effect=EMPTY_PAGE,
            file_key=("server", "baseUrlPath"),
        ),
        keeps_sessions=True,
    ),
    Server(
        "Gradio",
        script=Script("gradio", (".launch",)),
        default_host=LOCALHOST,
        default_port=7860,
        host_variable="GRADIO_SERVER_NAME",
        port_variable="GRADIO_SERVER_PORT",
        host_argument="server_name",
        port_argument="server_port",
        prefix=Prefix(
            variable="GRADIO_ROOT_PATH=$SCRIPT_NAME",
            known_by="GRADIO_ROOT_PATH|root_path|SCRIPT_NAME|VH_DEFAULT_PREFIX",
        ),
        keeps_sessions=True,
    ),
    Server(
        "R Shiny",
        text=r"^R(script)? .*\brunApp\(",
        default_host=LOCALHOST,
        host_argument="host",
        port_argument="port",
        prefix=_IMPOSSIBLE,
        keeps_sessions=True,
    ),
    Server(
        "http.server",
        command=("http.server",),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        host=("--bind", "-b"),
        port_is_argument=True,
        prefix=Prefix(in_directory=True, known_by="SCRIPT_NAME|VH_DEFAULT_PREFIX"),
    ),
    Server(
        "wsgiref.simple_server",
        command=("wsgiref.simple_server",),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        one_request=True,
    ),
    Server(
        "vLLM",
        command=("vllm", "serve"),
        aliases=(("vllm.entrypoints.openai.api_server",),),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        host=("--host",),
        port=("--port",),
        elsewhere=("--uds", "--config"),
        prefix=_ROOT_PATH,
    ),
    Server(
        "llama-server",
        command=("llama-server",),
        default_host=LOCALHOST,
        default_port=8080,
        host=("--host",),
        port=("--port",),
        host_variable="LLAMA_ARG_HOST",
        port_variable="LLAMA_ARG_PORT",
        prefix=Prefix(option="--api-prefix", known_by="LLAMA_ARG_API_PREFIX"),
    ),
    Server(
        "BentoML",
        command=("bentoml", "serve"),
        default_host=EVERY_INTERFACE,
        default_port=3000,
        host=("--host",),
        port=("--port", "-p"),
        host_variable="BENTOML_HOST",
        port_variable="BENTOML_PORT",
        files=("bentofile.yaml", "bentoml_configuration.yaml"),
        prefix=Prefix(
            in_code='write @bentoml.service(path_prefix=os.environ["VH_DEFAULT_PREFIX"])',
            known_by="path_prefix|SCRIPT_NAME|VH_DEFAULT_PREFIX",
        ),
    ),
    Server(
        "Ray Serve",
        command=("serve", "run"),
        default_host=LOCALHOST,
        default_port=8000,
        elsewhere=(".yaml", ".yml"),
        host_variable="RAY_SERVE_DEFAULT_HTTP_HOST",
        prefix=Prefix(option="--route-prefix", known_by=r"route[-_]prefix|root_path|\.ya?ml\b"),
    ),
    Server(
        "MLflow",
        command=("mlflow", "models", "serve"),
        default_host=LOCALHOST,
        default_port=5000,
        host=("--host", "-h"),
        port=("--port", "-p"),
        host_variable="MLFLOW_HOST",
        port_variable="MLFLOW_PORT",
        prefix=_IMPOSSIBLE,
    ),
    Server(
        "Ollama",
        command=("ollama", "serve"),
        default_host=LOCALHOST,
        default_port=11434,
        bind_variable="OLLAMA_HOST",
        prefix=_IMPOSSIBLE,
    ),
    Server("Text Generation Inference", command=("text-generation-launcher",), prefix=_IMPOSSIBLE),
    Server(
        "Triton",
        command=("tritonserver",),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        host=("--http-address",),
        port=("--http-port",),
        prefix=_IMPOSSIBLE,
    ),
    Server("TorchServe", command=("torchserve",), prefix=_IMPOSSIBLE),
    Server(
        "TensorFlow Serving",
        command=("tensorflow_model_server",),
        default_host=EVERY_INTERFACE,
        port=("--rest_api_port",),
        prefix=_IMPOSSIBLE,
    ),
)
"""Every known server; of several rows that fit a command the first one counts."""

FRAMEWORKS: Sequence[Framework] = (
    Framework(
        "Dash",
        script=Script("dash", ("dash.Dash",)),
        setting="",
        known_by=_DASH_KNOWN_BY,
        problem=f"Dash does not know the prefix, {EMPTY_PAGE}",
        remedy=(
            'write Dash(__name__, requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/", '
            'routes_pathname_prefix="/")'
        ),
        slash_after=_DASH_SLASHES,
    ),
    Framework(
        "Django with WhiteNoise",
        script=None,
        setting=r"whitenoise\.middleware\.WhiteNoiseMiddleware",
        known_by="SCRIPT_NAME|VH_DEFAULT_PREFIX|WHITENOISE_STATIC_PREFIX",
        # The middleware is made once, and Django keeps the STATIC_URL of that moment.
        problem="WhiteNoise reads STATIC_URL before Django knows the prefix, so static files get wrong links",
        remedy=(
            'write STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/" and '
            'WHITENOISE_STATIC_PREFIX = "/static/"'
        ),
    ),
)
"""Frameworks that `wsgi` alone does not make work under a prefix."""


def server_of(command: Command, code: Code) -> Server | None:
    """Return the row for the server that a command starts, or None if it is not a known one."""
    return next((server for server in SERVERS if _is_started(server, command, code)), None)


def exits_after_one_request(server: Wsgi | ServerCommand) -> bool:
    """Tell whether a server exits after one request, which a connection without a request is as well."""
    commands = (parse(server.commands) or ()) if isinstance(server, ServerCommand) else ()
    rows = [row for row in SERVERS if row.one_request]
    return any(command.starts_with(row.command) for command in commands[-1:] for row in rows)


def _is_started(server: Server, command: Command, code: Code) -> bool:
    if server.script is not None:
        is_script = command.program.startswith("python") or command.program.endswith(".py")
        file = command.python_file if is_script else code.started_module(command)
        python = code.python(file)
        return python is not None and bool(python.calls(server.script.module, server.script.starts))
    if server.text:
        return re.search(server.text, command.text, re.DOTALL) is not None
    if server.worker:
        workers = [value for _, value in command.options(("-k", "--worker-class"))]
        if not any(re.fullmatch(server.worker, worker, re.IGNORECASE) for worker in workers):
            return False
    if server.module_options:  # `flask --app module run`
        command = command.without_leading_options((*server.module_options, "--env-file", "-e"))
    return any(command.starts_with(words) for words in (server.command, *server.aliases))
