"""The module and the callable that a server imports."""

from pathlib import Path

import pytest

from endpoints.advice.rules import advise_on_project_files
from tests.unit.advice.conftest import Advice, Subjects

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.fixture
def advise(subjects: Subjects, tmp_path: Path) -> Advice:
    """Return the advice on what a server imports; `files` are paths with their texts."""

    def make(server: str, files: dict[str, str], settings: str = "", more: str = "") -> list[str]:
        for path, text in files.items():
            (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "project" / path).write_text(text, encoding="utf-8")
        manifest = f"- endpoint:\n    name: serve\n    image: x\n    {server}\n{more}"
        return [str(problem) for problem in advise_on_project_files(subjects(manifest, settings))]

    return make


@pytest.mark.parametrize(
    ("server", "module", "file"),
    [
        ("wsgi: predict_wsgi:predict_wsgi", "predict_wsgi", "predict_wsgi.py"),
        ("wsgi: predict", "predict", "predict.py"),
        ("wsgi: serving.predict:app", "serving.predict", "serving/predict.py"),
        ("server-command: uvicorn api:app", "api", "api.py"),
        ("server-command: pip install uvicorn && uvicorn api:app", "api", "api.py"),
        ("server-command: [pip install -r requirements.txt, 'uvicorn api:app']", "api", "api.py"),
        ("server-command: uvicorn --app-dir serving api:app", "api", "api.py"),
        ("server-command: uvicorn --factory api:create", "api", "api.py"),
        ("server-command: gunicorn --chdir serving 'api:create_app(1)'", "api", "api.py"),
        ("server-command: waitress-serve api:app", "api", "api.py"),
    ],
)
def test_a_module_that_the_project_lacks_is_told(advise: Advice, server: str, module: str, file: str) -> None:
    (message,) = advise(server, {"app.py": FLASK, "serving/__init__.py": "", "requirements.txt": "flask\n"})
    assert message == (
        f"valohai.yaml:4: serve.{server.partition(':')[0]}: imports the module {module}, but the project has "
        f"no {file}; correct the name, add the file (files that .gitignore names are left out), or ignore "
        "this if the image has the module"
    )


def test_a_module_elsewhere_in_the_project_is_named(advise: Advice) -> None:
    (message,) = advise("server-command: uvicorn api:app", {"serving/api.py": FLASK})
    assert "the project has no api.py, only serving/api.py; correct the name" in message


@pytest.mark.parametrize(
    ("server", "files"),
    [
        ("wsgi: api:app", {"api.py": FLASK}),
        ("wsgi: api:app", {"api/__init__.py": FLASK}),
        ("wsgi: api:app", {"api/app.py": ""}),
        ("wsgi: api:app", {"api.cpython-311-x86_64-linux-gnu.so": ""}),
        ("wsgi: api:app", {"requirements.txt": "flask\n-e .\n"}),
        ("wsgi: api:app", {"requirements.txt": "flask\nmodels @ git+https://git.example/models\n"}),
        ("wsgi: model_api:app", {"requirements.txt": "Model-API==2\n"}),
        ("wsgi: api:app", {"requirements-deployment.txt": "./wheels/api.whl\n"}),
        ("wsgi: api:app", {"gunicorn.conf.py": "chdir = 'src'\n"}),
        ("server-command: uvicorn --app-dir serving api:app", {"serving/api.py": FLASK}),
        ("server-command: gunicorn --chdir=serving api:app", {"serving/api.py": FLASK}),
        ("server-command: gunicorn --pythonpath lib,serving api:app", {"serving/api.py": FLASK}),
        ("server-command: PYTHONPATH=serving uvicorn api:app", {"serving/api.py": FLASK}),
        ("server-command: cd serving && uvicorn api:app", {"serving/api.py": FLASK}),
        ("server-command: uvicorn --app-dir $CODE api:app", {}),
        ("server-command: uvicorn --app-dir /opt/code api:app", {}),
        ("server-command: uvicorn $APP", {}),
        ("server-command: uv run uvicorn api:app", {}),
        ("server-command: pip install . && uvicorn api:app", {}),
        ("server-command: pip install api && uvicorn api:app", {}),
        ("server-command: make && uvicorn api:app", {}),
        ("server-command: ./fetch-code && uvicorn api:app", {"fetch-code": ""}),
        ("server-command: mlflow models serve", {}),
    ],
)
def test_a_module_that_is_there_or_may_be_brought_is_passed_over(
    advise: Advice, server: str, files: dict[str, str]
) -> None:
    assert advise(server, files) == []


def test_a_module_in_a_directory_of_the_environment_or_among_model_files_is_passed_over(
    advise: Advice,
) -> None:
    assert advise("wsgi: api:app", {"lib/api.py": FLASK}, "environment: {PYTHONPATH: lib}") == []
    assert advise("wsgi: predict:app", {}, "environment: {PYTHONPATH: /opt/lib}") == []
    files = "    files: [{name: code, path: %s}]\n"
    assert advise("wsgi: predict:app", {}, more=files % "predict.py") == []
    assert advise("wsgi: models.predict:app", {}, more=files % "models/predict/code.py") == []


@pytest.mark.parametrize(
    ("server", "code", "message"),
    [
        (
            "wsgi: predict:mypredictor",
            FLASK,
            "predict.py does not define mypredictor, so no pod can start; use predict:app",
        ),
        (
            "wsgi: predict:app",
            "model = 1\n",
            "predict.py does not define app, so no pod can start; correct the name",
        ),
        (
            "wsgi: predict",
            "model = 1\n",
            "predict.py does not define application or app, so no pod can start; correct",
        ),
        ("wsgi: predict:dash.server", FLASK, "predict.py does not define dash, so no pod"),
        ("wsgi: predict:app", "def create():\n    app = Flask()\n    return app\n", "does not define app"),
        ("wsgi: predict:app", "def predict(environ, start_response): ...\n", "use predict:predict"),
        (
            "wsgi: predict:app",
            "a = Flask()\nb = Flask()\n",
            "does not define app, so no pod can start; correct",
        ),
        ("wsgi: predict:app", "model.eval()\n", "does not define app"),
        ("server-command: uvicorn predict:application", FLASK, "use predict:app"),
        ("server-command: uvicorn --factory predict:make", FLASK, "does not define make"),
        ("server-command: gunicorn 'predict:create(1)'", FLASK, "does not define create"),
    ],
)
def test_a_name_that_the_module_does_not_define_is_told(
    advise: Advice, server: str, code: str, message: str
) -> None:
    (told,) = advise(server, {"predict.py": code})
    assert told.startswith(f"valohai.yaml:4: serve.{server.partition(':')[0]}: predict.py does not define ")
    assert message in told


@pytest.mark.parametrize(
    "code",
    [
        FLASK,
        "def app(environ, start_response): ...\n",
        "async def app(scope, receive, send): ...\n",
        "class app: ...\n",
        "import server as app\n",
        "from server import app\n",
        "from server import *\n",
        "if DEBUG:\n    app = 1\n",
        "try:\n    from a import app\nexcept ImportError:\n    app = None\n",
        "with open('x') as app: ...\n",
        "for app in apps: ...\n",
        "(app, api) = make()\n",
        "app: Flask = make()\n",
        "print(app := make())\n",
        "def setup():\n    global app\n    app = 1\n",
        "globals().update(make())\n",
        "def __getattr__(name): ...\n",
        "exec(open('app.txt').read())\n",
        "print 'of another Python'\n",
        "\0",
    ],
)
def test_a_name_that_the_module_may_have_is_passed_over(advise: Advice, code: str) -> None:
    assert advise("wsgi: predict:app", {"predict.py": code}) == []


@pytest.mark.parametrize(
    "code",
    [
        f"TOKEN = '{'a' * 300}.{'b' * 300}'\n",
        f"SCRIPT = '{'a' * 300}.py'\n",
        "SCRIPT = '/etc/profile.py'\nOTHER = '../../secret.py'\n",
        f"TEXT = {' + '.join(['x'] * 2000)}\n",
    ],
)
def test_odd_code_is_looked_at_without_failing(advise: Advice, code: str) -> None:
    (message,) = advise("wsgi: predict:app", {"predict.py": code})
    assert "predict.py does not define app" in message


def test_a_module_of_a_package_may_be_its_attribute(advise: Advice) -> None:
    files = {"serving/__init__.py": "from . import app\n", "serving/app.py": FLASK}
    assert advise("wsgi: serving:app", files) == []
    assert advise("wsgi: serving:app", {"serving/__init__.py": "import serving.app\n"}) == []


LOADS = "app = 1\nmodel = joblib.load('models/model.pkl')\n"
IGNORED = "app.py opens models/model.pkl, which is not in the project, since "


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({".gitignore": "# weights\n*.pkl\n"}, ".gitignore names *.pkl; add it to files of the endpoint"),
        ({".gitignore": "/models/\n"}, ".gitignore names /models/;"),
        ({".gitignore": "models/model.pkl\n"}, ".gitignore names models/model.pkl;"),
        ({"models/model.pkl.dvc": "outs: []\n"}, "DVC has it (models/model.pkl.dvc);"),
        ({"models.dvc": "outs: []\n"}, "DVC has it (models.dvc);"),
        ({"models/.gitignore": "/model.pkl\n"}, "models/.gitignore names /model.pkl; add it to files"),
    ],
)
@pytest.mark.parametrize(
    "code",
    [
        LOADS,
        "app = 1\nPATH = 'models/model.pkl'\nmodel = pickle.load(open(PATH, 'rb'))\n",
        "app = 1\ndef predict():\n    return keras.models.load_model('models/model.pkl')\n",
    ],
)
def test_a_model_file_that_git_or_dvc_keeps_out_is_told(
    advise: Advice, code: str, files: dict[str, str], reason: str
) -> None:
    (message,) = advise("wsgi: app", {"app.py": code, **files})
    assert IGNORED + reason in message


@pytest.mark.parametrize(
    ("code", "files"),
    [
        (LOADS, {}),
        (LOADS, {".gitignore": "*.pkl\n", "models/model.pkl": ""}),
        (LOADS, {".gitignore": "*.pkl\n!models/model.pkl\n"}),
        (LOADS, {".gitignore": "*.h5\ndata/\n/model.pkl\n"}),
        (f"{LOADS}hub.download()\n", {".gitignore": "*.pkl\n"}),
        ("app = open('models/model.pkl', 'wb')\n", {".gitignore": "*.pkl\n"}),
        ("app = load('log.txt')\n", {".gitignore": "*.txt\n"}),
        ("app = load('/opt/model.pkl')\n", {".gitignore": "*.pkl\n"}),
        ("app = load(path)\n", {".gitignore": "*.pkl\n"}),
        ("app = 1\n", {"train.py": LOADS, ".gitignore": "*.pkl\n"}),
    ],
)
def test_a_model_file_that_is_there_or_may_come_otherwise_is_passed_over(
    advise: Advice, code: str, files: dict[str, str]
) -> None:
    assert advise("wsgi: app", {"app.py": code, **files}) == []


def test_a_model_file_among_the_endpoints_files_is_passed_over(advise: Advice) -> None:
    more = "    files: [{name: model, path: models/model.pkl}]\n"
    assert advise("wsgi: app", {"app.py": LOADS, ".gitignore": "*.pkl\n"}, more=more) == []
