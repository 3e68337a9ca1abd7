"""Servers that do not know the prefix."""

from pathlib import Path

import pytest

from tests.unit.advice.conftest import Advice

PLAIN = "from fastapi import FastAPI\napp = FastAPI()\n"
UVICORN = "uvicorn app:app --host 0.0.0.0"


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (UVICORN, 'write FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"]), or use wsgi'),
        ("gunicorn -k uvicorn.workers.UvicornWorker app:app", "write FastAPI(root_path="),
        ("gunicorn --worker-class=uvicorn_worker.UvicornWorker app:app", "write FastAPI(root_path="),
        ("gunicorn -k asgi app:app", "add --root-path $VH_DEFAULT_PREFIX, or use wsgi"),
        ("fastapi run app.py", "write FastAPI(root_path="),
        ("hypercorn app:app --bind 0.0.0.0:$PORT", "add --root-path $VH_DEFAULT_PREFIX, or use wsgi"),
    ],
)
def test_an_application_that_knows_no_prefix_is_told_with_the_remedy_for_its_server(
    advice: Advice, command: str, remedy: str
) -> None:
    (message,) = advice(command, app__py=PLAIN)
    assert message.startswith(
        "valohai.yaml:4: serve.server-command: neither the command nor the served code uses the prefix"
    )
    assert remedy in message


def test_an_application_is_looked_for_where_cd_leads(advice: Advice, tmp_path: Path) -> None:
    (tmp_path / "project/serving").mkdir(parents=True)
    (tmp_path / "project/serving/server.py").write_text(PLAIN)
    (message,) = advice("cd serving && uvicorn server:app --host 0.0.0.0")
    assert "serve.server-command: neither the command nor the served code uses" in message
    assert advice("cd serving/web && uvicorn server:app --host 0.0.0.0") == []


def test_an_application_of_starlette_is_told_to_mount_its_routes(advice: Advice) -> None:
    plain = "from starlette.applications import Starlette\napp = Starlette(routes=[])\n"
    mounted = 'write Starlette(routes=[Mount(os.environ["VH_DEFAULT_PREFIX"], routes=...)])'
    (unaware,) = advice(UVICORN, app__py=plain)
    (doubled,) = advice(f"{UVICORN} --root-path $SCRIPT_NAME", app__py=plain)
    assert f"{mounted}, or use wsgi" in unaware
    assert doubled.endswith(f"remove the option and {mounted}")


def test_an_application_of_fastapi_that_uses_starlette_as_well_is_one_of_fastapi(advice: Advice) -> None:
    (message,) = advice(UVICORN, app__py=f"from starlette.requests import Request\n{PLAIN}")
    assert "write FastAPI(root_path=" in message


@pytest.mark.parametrize(
    "code",
    [
        'FastAPI(root_path=os.environ["SCRIPT_NAME"])',
        'prefix = os.environ["VH_DEFAULT_PREFIX"]',
        'request.headers["x-vh-prefix"]',
        '@app.post("/{full_path:path}")\ndef any_path(): ...',
        '@app.get(".*/predict")\ndef predict(): ...',
        "app = FastAPI(**settings)  # root_path is in there",
        "def middleware(environ, start):\n    environ['PATH_INFO'] = '/'",
        "async def middleware(scope, receive, send):\n    scope['path'] = '/'",
        "PREFIX = '/acme/shapes/production/20261101.0/serve'",
    ],
)
def test_code_that_has_thought_of_a_prefix_is_passed_over(advice: Advice, code: str) -> None:
    assert advice(UVICORN, app__py=f"import prefix\n{PLAIN}", prefix__py=code) == []


@pytest.mark.parametrize(
    "files",
    [
        {"train__py": "PREFIX = os.environ['VH_DEFAULT_PREFIX']\n"},
        {"train__py": "import app, server\n", "server__py": "app = FastAPI(root_path=prefix)\n"},
        {"valohai__yml": "- endpoint: {server-command: streamlit run --base $VH_DEFAULT_PREFIX}\n"},
    ],
)
def test_code_that_is_not_served_tells_nothing(advice: Advice, files: dict[str, str]) -> None:
    (message,) = advice(UVICORN, app__py=PLAIN, **files)
    assert "neither the command nor the served code uses the prefix" in message


@pytest.mark.parametrize(
    "code",
    [
        "import prefix\n",
        "from prefix import app\n",
        "if True:\n    from prefix import *\n",
        "setting = 'prefix.app'\n",
        "server = 'prefix:app'\n",
        "import importlib\nimportlib.import_module(name)\n",
        "import subprocess\nsubprocess.Popen(['python', 'prefix.py'])\n",
        "print 'of another Python'\n",
    ],
)
def test_what_the_served_module_may_import_counts(advice: Advice, code: str) -> None:
    files = {"app__py": code + PLAIN, "prefix__py": "app = FastAPI(root_path=x)\n"}
    assert advice(UVICORN, **files) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("waitress-serve --port $PORT app:app", "def app(environ, start_response): ...\n"),
        (UVICORN, "async def app(scope, receive, send): ...\n"),
        ("hypercorn app:app --bind 0.0.0.0:$PORT", "from service import app\n"),
    ],
)
def test_an_application_without_routes_may_answer_every_path(advice: Advice, command: str, code: str) -> None:
    assert advice(command, app__py=code) == []


def test_a_server_without_code_of_the_project_is_judged_by_its_command(advice: Advice) -> None:
    code = "app = FastAPI(root_path=os.environ['VH_DEFAULT_PREFIX'])\n"
    (message,) = advice("vllm serve acme/model", app__py=code)
    assert message.endswith(
        "vLLM does not know the prefix, so every request gets 404; add --root-path $VH_DEFAULT_PREFIX"
    )


def test_relative_imports_in_packages_are_followed(advice: Advice, tmp_path: Path) -> None:
    for path, text in {
        "svc/__init__.py": "",
        "svc/web/__init__.py": "",
        "svc/web/main.py": f"from ..settings import prefix\n{PLAIN}",
        "svc/settings.py": "",
        "svc/other.py": "SCRIPT_NAME = 1\n",
    }.items():
        (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / path).write_text(text)
    (message,) = advice("uvicorn svc.web.main:app --host 0.0.0.0")
    assert "neither the command nor the served code uses" in message
    (tmp_path / "project/svc/settings.py").write_text("from .other import *\n")
    assert advice("uvicorn svc.web.main:app --host 0.0.0.0") == []


@pytest.mark.parametrize(
    "command",
    [
        "FASTAPI_ROOT_PATH=$SCRIPT_NAME uvicorn app:app --host 0.0.0.0",
        "PREFIX=/acme/shapes/production/20261101.0/serve uvicorn app:app --host 0.0.0.0",
        "export PREFIX=$VH_DEFAULT_PREFIX && uvicorn app:app --host 0.0.0.0",
        "hypercorn app:app --bind 0.0.0.0:$PORT --root-path $VH_DEFAULT_PREFIX",
        "gunicorn -k asgi app:app --root-path $SCRIPT_NAME",
        "gunicorn app:app",
        "uvicorn installed_package:app --host 0.0.0.0",
        "cd serving && uvicorn server:app --host 0.0.0.0",
        "uvicorn --factory --host 0.0.0.0 $APPLICATION",
    ],
)
def test_a_command_that_tells_the_prefix_or_not_what_it_serves_is_passed_over(
    advice: Advice, command: str
) -> None:
    assert advice(command, app__py=PLAIN) == []


@pytest.mark.parametrize(
    "command",
    [
        f"{UVICORN} --root-path $VH_DEFAULT_PREFIX",
        f"{UVICORN} --root-path=$SCRIPT_NAME",
        "fastapi run app.py --root-path /acme/shapes/production/latest/serve",
    ],
)
def test_a_root_path_that_is_put_in_front_twice_is_to_be_removed(advice: Advice, command: str) -> None:
    (message,) = advice(command, app__py="app = FastAPI(root_path=prefix)")
    assert "adds --root-path to paths that already begin with the prefix" in message
    assert 'remove the option and write FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])' in message


def test_large_files_are_data_and_not_searched(advice: Advice) -> None:
    assert advice(UVICORN, app__py=PLAIN, data__json="root_path" + " " * 1_000_000) != []


STREAMLIT = "streamlit run page.py --server.port $PORT"


def test_streamlit_without_a_base_path_is_told_its_option(advice: Advice) -> None:
    (message,) = advice(STREAMLIT, page__py="import streamlit\n")
    assert "Streamlit does not know the prefix" in message
    assert message.endswith("add --server.baseUrlPath $VH_DEFAULT_PREFIX")


@pytest.mark.parametrize(
    "command",
    [
        f"{STREAMLIT} --server.baseUrlPath $VH_DEFAULT_PREFIX",
        f"{STREAMLIT} --server.baseUrlPath=$SCRIPT_NAME",
        f"STREAMLIT_SERVER_BASE_URL_PATH=$SCRIPT_NAME {STREAMLIT}",
        f"export STREAMLIT_SERVER_BASE_URL_PATH=$SCRIPT_NAME && {STREAMLIT}",
    ],
)
def test_streamlit_with_a_base_path_is_passed_over(advice: Advice, command: str) -> None:
    assert advice(command, page__py="import streamlit\n") == []


def test_streamlits_own_file_may_hold_the_base_path(advice: Advice) -> None:
    assert advice(STREAMLIT, config__toml="[server]\nbaseUrlPath = 'a'\n") == []


DASH = """\
from dash import Dash, html

app = Dash(__name__)
server = app.server
if __name__ == "__main__":
    app.run()
"""
EMPTY = "Dash does not know the prefix, so its page loads but stays empty"


@pytest.mark.parametrize("code", [DASH, "import dash\nserver = dash.Dash()\n"])
def test_a_dash_application_that_wsgi_serves_is_told_what_to_write(wsgi_advice: Advice, code: str) -> None:
    (message,) = wsgi_advice(app__py=code)
    assert message.startswith(f"valohai.yaml:1: serve.wsgi: {EMPTY}; write Dash(")
    assert 'requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/"' in message


def test_a_dash_application_with_its_own_server_is_told_the_variable(advice: Advice) -> None:
    (message,) = advice("HOST=0.0.0.0 python app.py", app__py=DASH)
    assert message.startswith("valohai.yaml:4: serve.server-command: Dash does not know")
    assert message.endswith("put DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ in front of the command")


@pytest.mark.parametrize(
    "code",
    [
        DASH.replace("__name__", '__name__, requests_pathname_prefix=PREFIX, routes_pathname_prefix="/"'),
        DASH.replace("__name__", "__name__, url_base_pathname=PREFIX"),
        f"import os\nprefix = os.environ['SCRIPT_NAME']\n{DASH}",
        "from flask import Flask\nserver = Flask(__name__)\n",
        "from dash import html\npage = html.Div()\nserver = None\n",
    ],
)
def test_dash_code_that_has_thought_of_a_prefix_or_makes_no_dash_is_passed_over(
    wsgi_advice: Advice, code: str
) -> None:
    assert wsgi_advice(app__py=code) == []


def test_a_dash_elsewhere_in_the_project_is_passed_over(wsgi_advice: Advice, advice: Advice) -> None:
    assert wsgi_advice(app__py="server = None\n", board__py=DASH) == []
    assert advice("python server.py", server__py="pass\n", board__py=DASH) == []


def test_variables_tell_dash_as_well(wsgi_advice: Advice, advice: Advice) -> None:
    assert wsgi_advice("environment: {DASH_REQUESTS_PATHNAME_PREFIX: /x/}", app__py=DASH) == []
    assert advice("DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ HOST=0.0.0.0 python app.py", app__py=DASH) == []
    assert advice("export DASH_URL_BASE_PATHNAME=/x/ && HOST=0.0.0.0 python app.py", app__py=DASH) == []


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ('app = Dash(requests_pathname_prefix=os.environ["VH_DEFAULT_PREFIX"])', "requests_pathname_prefix"),
        ('app = Dash(requests_pathname_prefix=os.getenv("SCRIPT_NAME"))', "requests_pathname_prefix"),
        ('app.config.update({"requests_pathname_prefix": os.environ.get("VH_DEFAULT_PREFIX")})', "requests"),
        ('app.config["requests_pathname_prefix"] = os.environ.get("VH_DEFAULT_PREFIX", "/")', "requests"),
        ('prefix = os.environ["SCRIPT_NAME"]\napp = Dash(url_base_pathname=prefix)', "url_base_pathname"),
        ('app = Dash(routes_pathname_prefix=environ["SCRIPT_NAME"])', "routes_pathname_prefix"),
    ],
)
def test_a_setting_of_dash_without_its_slash_is_told(
    wsgi_advice: Advice, advice: Advice, code: str, setting: str
) -> None:
    (message,) = wsgi_advice(app__py=f"import dash\nserver = 1\n{code}\n")
    assert f"serve.wsgi: app.py sets {setting}" in message
    assert "to the prefix without a slash at its end, so " in message
    assert message.endswith('write os.environ["VH_DEFAULT_PREFIX"] + "/"')
    (of_command,) = advice("python app.py")
    assert of_command.partition("app.py sets")[2] == message.partition("app.py sets")[2]


@pytest.mark.parametrize(
    "value",
    [
        'os.environ["SCRIPT_NAME"] + "/"',
        'f"{os.environ["SCRIPT_NAME"]}/"'.replace('"S', "'S").replace('E"', "E'"),
        'os.path.join(os.environ["SCRIPT_NAME"], "")',
        "prefix",
        'os.environ["DASH_PREFIX"]',
        '"/a/b/"',
        "config.prefix",
    ],
)
def test_a_setting_of_dash_that_may_have_its_slash_is_passed_over(wsgi_advice: Advice, value: str) -> None:
    code = f"from dash import Dash\nserver = Dash(requests_pathname_prefix={value})\n"
    assert wsgi_advice(app__py=code) == []


@pytest.mark.parametrize("value", ["models.acme.example$VH_DEFAULT_PREFIX", "host${SCRIPT_NAME}/app"])
def test_a_value_before_the_prefix_is_told(advice: Advice, value: str) -> None:
    (message,) = advice(f"streamlit run app.py --server.port $PORT --server.baseUrlPath {value}")
    assert message == (
        "valohai.yaml:4: serve.server-command: --server.baseUrlPath has a value before the prefix, so its "
        "page loads but stays empty; write --server.baseUrlPath $VH_DEFAULT_PREFIX"
    )


def test_a_variable_in_streamlits_own_file_is_told(advice: Advice, tmp_path: Path) -> None:
    (tmp_path / "project/.streamlit").mkdir(parents=True)
    file = tmp_path / "project/.streamlit/config.toml"
    file.write_text('[server]\nport = 8000\nbaseUrlPath = "$VH_DEFAULT_PREFIX"\n')
    (message,) = advice("streamlit run app.py")
    assert message.endswith(
        '.streamlit/config.toml sets server.baseUrlPath to "$VH_DEFAULT_PREFIX", where variables are not '
        "expanded, so its page loads but stays empty; remove it there and add --server.baseUrlPath "
        "$VH_DEFAULT_PREFIX"
    )
    assert advice("streamlit run app.py --server.baseUrlPath $VH_DEFAULT_PREFIX") == []
    file.write_text('[server]\nbaseUrlPath = "/a/b"\n')
    assert advice("streamlit run app.py") == []
    file.write_text("[server\n")
    (message,) = advice("streamlit run app.py")
    assert message.endswith("add --server.baseUrlPath $VH_DEFAULT_PREFIX")


GRADIO = "import gradio as gr\n\ndemo = gr.Interface(print, 'text', 'text')\ndemo.launch()\n"
HOST, PORT, PREFIX = (
    "GRADIO_SERVER_NAME=0.0.0.0",
    "GRADIO_SERVER_PORT=$PORT",
    "GRADIO_ROOT_PATH=$SCRIPT_NAME",
)


@pytest.mark.parametrize(
    ("command", "code", "lacking"),
    [
        ("python app.py", GRADIO, [HOST, PORT, PREFIX]),
        (f"{HOST} {PORT} python app.py", GRADIO, [PREFIX]),
        (f"export {PREFIX} && python app.py", GRADIO, [HOST, PORT]),
        ("python app.py", GRADIO.replace("()", '(server_name="0.0.0.0", server_port=8000)'), [PREFIX]),
    ],
)
def test_gradio_is_told_the_variables_that_it_lacks(
    advice: Advice, command: str, code: str, lacking: list[str]
) -> None:
    messages = advice(command, app__py=code)
    assert len(messages) == len(lacking)
    for message, variable in zip(messages, lacking, strict=True):
        assert message.endswith(f"put {variable} in front of the command")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"{HOST} {PORT} {PREFIX} python app.py", GRADIO),
        ("./serve", GRADIO),
        ("python app.py", "import gradio\n"),
        ("python app.py", "# gradio is not used\nkubernetes.launch()\n"),
    ],
)
def test_gradio_that_knows_its_address_or_is_not_started_is_passed_over(
    advice: Advice, command: str, code: str
) -> None:
    assert advice(command, app__py=code, serve="") == []


WHITENOISE = 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]\nSTATIC_URL = "static/"\n'


def test_whitenoise_without_the_prefix_is_told_both_settings(wsgi_advice: Advice) -> None:
    (message,) = wsgi_advice(settings__py=WHITENOISE)
    assert message == (
        "valohai.yaml:1: serve.wsgi: WhiteNoise reads STATIC_URL before Django knows the prefix, so "
        'static files get wrong links; write STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/" and '
        'WHITENOISE_STATIC_PREFIX = "/static/"'
    )


@pytest.mark.parametrize(
    "code",
    [
        WHITENOISE.replace('"static/"', 'os.environ.get("SCRIPT_NAME", "") + "/static/"'),
        WHITENOISE + 'WHITENOISE_STATIC_PREFIX = "/static/"\n',
        "from whitenoise import WhiteNoise\napp = WhiteNoise(app)\n",
        'STATIC_URL = "static/"\n',
    ],
)
def test_a_django_project_that_knows_the_prefix_or_has_no_such_middleware_is_passed_over(
    wsgi_advice: Advice, code: str
) -> None:
    assert wsgi_advice(settings__py=code) == []


def test_whitenoise_behind_a_server_command_is_passed_over(advice: Advice) -> None:
    assert advice("./serve", settings__py=WHITENOISE) == []


START = "valohai.yaml:4: serve.server-command: http.server looks for the whole path, including the prefix, in"


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (
            "python -m http.server $PORT --directory site/",
            'replace "python -m http.server $PORT --directory site/" by: mkdir -p www$SCRIPT_NAME && '
            "ln -sf $PWD/site/* www$SCRIPT_NAME && python -m http.server $PORT --directory www",
        ),
        ("python3 -m http.server -d ./site $PORT", "ln -sf $PWD/site/* www$SCRIPT_NAME && python3 -m"),
        ("python -m http.server $PORT -d /srv/site", "ln -sf /srv/site/* www$SCRIPT_NAME &&"),
        ("pip install . && python -m http.server $PORT -d site", 'replace "python -m http.server'),
        ("cd build && exec python -m http.server $PORT -d site", "ln -sf $PWD/site/* www$SCRIPT_NAME &&"),
    ],
)
def test_a_server_of_files_without_the_prefix_is_told_a_line_for_its_directory(
    advice: Advice, command: str, remedy: str
) -> None:
    (message,) = advice(command)
    assert message.startswith(START)
    assert remedy in message


@pytest.mark.parametrize("option", ["", " --directory .", " -d ./"])
def test_files_that_lie_among_the_code_are_to_be_put_elsewhere_first(advice: Advice, option: str) -> None:
    (message,) = advice(f"python -m http.server $PORT{option}")
    assert "404; put the files into a directory of their own, such as public, and replace" in message
    assert "ln -sf $PWD/public/* www$SCRIPT_NAME" in message


@pytest.mark.parametrize(
    "command",
    [
        "mkdir -p www$SCRIPT_NAME && ln -sf $PWD/a/* www$SCRIPT_NAME && python -m http.server -d www $PORT",
        "export WWW=www$VH_DEFAULT_PREFIX && ./build.sh && python -m http.server $PORT -d www",
        "mkdir -p www${SCRIPT_NAME%/*} && python -m http.server $PORT -d www",
        "./build.sh && python -m http.server $PORT -d www",
        "npm run build && python -m http.server $PORT -d www",
        "python serve.py http.server",
    ],
)
def test_a_command_that_makes_or_may_make_the_prefix_is_passed_over(advice: Advice, command: str) -> None:
    assert advice(command, serve__py="") == []


@pytest.mark.parametrize("command", ["tritonserver --model-repository models", "ollama serve", UVICORN])
def test_a_server_whose_prefix_the_router_removes_needs_to_know_none(advice: Advice, command: str) -> None:
    told = advice(command, 8000, "prefix: strip", app__py=PLAIN)
    assert not [message for message in told if "prefix" in message]
    assert [message for message in advice(command, 8000, app__py=PLAIN) if "prefix" in message]


@pytest.mark.parametrize(
    ("command", "part"),
    [
        (f"{UVICORN} --root-path $SCRIPT_NAME", "uses $SCRIPT_NAME, which is not set"),
        ("mkdir -p www${SCRIPT_NAME} && python server.py", "uses $SCRIPT_NAME, which is not set"),
        ("llama-server --host 0.0.0.0 --api-prefix $VH_DEFAULT_PREFIX", "--api-prefix tells the server"),
    ],
)
def test_a_command_that_uses_a_prefix_that_the_router_removes_is_told(
    advice: Advice, command: str, part: str
) -> None:
    told = advice(command, 8080, "prefix: strip", app__py=PLAIN, server__py="")
    assert [part in message for message in told if "prefix" in message] == [True]


def test_uvicorn_may_be_told_for_its_links_the_prefix_that_the_router_removes(advice: Advice) -> None:
    assert advice(f"{UVICORN} --root-path $VH_DEFAULT_PREFIX", 8000, "prefix: strip", app__py=PLAIN) == []
