"""Servers that do not know the prefix."""

from collections.abc import Callable
from pathlib import Path

import pytest

Advice = Callable[..., list[str]]

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
        "valohai.yaml:4: serve.server-command: nothing in the command or in the project's code mentions the "
        "prefix"
    )
    assert remedy in message


def test_an_application_is_looked_for_where_cd_leads(advice: Advice, tmp_path: Path) -> None:
    (tmp_path / "project/serving").mkdir(parents=True)
    (tmp_path / "project/serving/server.py").write_text(PLAIN)
    (message,) = advice("cd serving && uvicorn server:app --host 0.0.0.0")
    assert "serve.server-command: nothing in the command or in the project's code mentions" in message
    assert advice("cd serving/web && uvicorn server:app --host 0.0.0.0") == []


def test_an_application_of_starlette_is_told_to_mount_its_routes(advice: Advice) -> None:
    plain = "from starlette.applications import Starlette\napp = Starlette(routes=[])\n"
    mounted = 'write Starlette(routes=[Mount(os.environ["VH_DEFAULT_PREFIX"], routes=...)])'
    (unaware,) = advice(UVICORN, app__py=plain)
    (doubled,) = advice(f"{UVICORN} --root-path $SCRIPT_NAME", app__py=plain)
    assert f"{mounted}, or use wsgi" in unaware
    assert doubled.endswith(f"remove it and {mounted}")


def test_an_application_of_fastapi_that_uses_starlette_as_well_is_one_of_fastapi(advice: Advice) -> None:
    (message,) = advice(UVICORN, app__py=f"from starlette.requests import Request\n{PLAIN}")
    assert "write FastAPI(root_path=" in message


@pytest.mark.parametrize(
    "code",
    [
        'FastAPI(root_path=os.environ["SCRIPT_NAME"])',
        'prefix = os.environ["VH_DEFAULT_PREFIX"]',
        'request.headers["x-vh-prefix"]',
        '@app.post("/{full_path:path}")',
        '@app.get(".*/predict")',
        "app = FastAPI(**settings)  # root_path is in there",
    ],
)
def test_code_that_has_thought_of_a_prefix_is_passed_over(advice: Advice, code: str) -> None:
    assert advice(UVICORN, app__py=PLAIN, prefix__py=code) == []


@pytest.mark.parametrize(
    "command",
    [
        "FASTAPI_ROOT_PATH=$SCRIPT_NAME uvicorn app:app --host 0.0.0.0",
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
    assert "puts --root-path in front of paths that begin with it already" in message
    assert 'remove it and write FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])' in message


def test_large_files_are_data_and_not_searched(advice: Advice) -> None:
    assert advice(UVICORN, app__py=PLAIN, data__json="root_path" + " " * 1_000_000) != []


STREAMLIT = "streamlit run page.py --server.port $PORT"


def test_streamlit_without_a_base_path_is_told_its_option(advice: Advice) -> None:
    (message,) = advice(STREAMLIT, page__py="import streamlit\n")
    assert "Streamlit is not told the prefix" in message
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
