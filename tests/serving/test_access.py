"""Who reaches the application, on both servers: requests with an API key, and the web pages that may ask."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from endpoints.manifest.models import Wsgi
from endpoints.plan.access import AccessPlan
from endpoints.plan.server import ACCESS_LOG_VARIABLE, METRICS_VARIABLE, Serving
from endpoints.stack_file.access import API_KEYS_VARIABLE, CORS_VARIABLE
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import ServerProcess, free_port, wait_until

KINDS = [(kind, server) for kind in ("wsgi", "asgi") for server in ("gunicorn", "granian")]
PARTNER, BATCH = "partner-0123456789abcdef", "batch-0123456789abcdef"
IN_URL = "in-url-0123456789abcdef"
KEYS = AccessPlan({"partner": SecretStr(PARTNER), "batch": SecretStr(BATCH), "in-url": SecretStr(IN_URL)})

PAGE = "https://app.acme.example"
CORS = {
    "origins": [PAGE],
    "methods": ["GET", "POST"],
    "headers": ["X-API-Key"],
    "credentials": True,
    "max_age": 600,
}

APPLICATION = """
import json

def told(name, headers):
    return json.dumps({"name": name, "headers": sorted(headers)}).encode()

def wsgi(environ, start_response):
    headers = [name for name in environ if "AUTHORIZATION" in name or "API_KEY" in name]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [told(environ.get("valohai.key"), headers)]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    names = [name.decode() for name, _ in scope["headers"]]
    headers = [name for name in names if "authorization" in name or "api-key" in name]
    head = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": told(scope.get("valohai.key"), headers)})
"""


@pytest.fixture(scope="module")
def metrics() -> int:
    return free_port()


@pytest.fixture(scope="module", params=KINDS, ids=lambda pair: " on ".join(pair))
def server(
    request: pytest.FixtureRequest,
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
    metrics: int,
) -> Iterator[ServerProcess]:
    kind, name = request.param
    directory = tmp_path_factory.mktemp("guarded")
    (directory / "guarded.py").write_text(APPLICATION)
    environment = {
        API_KEYS_VARIABLE: KEYS.variable.get_secret_value(),
        CORS_VARIABLE: json.dumps(CORS),
        METRICS_VARIABLE: str(metrics),
        ACCESS_LOG_VARIABLE: "text",
    }
    running = start_server(Wsgi("guarded", kind), environment, directory, serving=Serving(60, server=name))
    running.wait_for_health()
    yield running
    running.end()


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Authorization": f"Bearer {PARTNER}"}, "partner"),
        ({"Authorization": f"bearer  {BATCH}"}, "batch"),
        ({"X-API-Key": BATCH}, "batch"),
        ({"X-API-Key": BATCH, "Authorization": f"Bearer {PARTNER}"}, "batch"),
    ],
)
def test_a_request_with_a_key_reaches_the_application_without_it(
    server: ServerProcess, headers: dict[str, str], name: str
) -> None:
    answer = server.get(f"{ADDRESS.prefix}/x", headers)
    assert (answer.status_code, answer.json()) == (200, {"name": name, "headers": []}), server.output


def test_a_header_that_does_not_carry_the_key_is_the_applications(server: ServerProcess) -> None:
    answer = server.get(
        f"{ADDRESS.prefix}/x", {"X-API-Key": PARTNER, "Authorization": "Bearer of-the-application"}
    )
    assert answer.json()["name"] == "partner"
    assert [header.lower().replace("http_", "") for header in answer.json()["headers"]] == ["authorization"]


BASIC = base64.b64encode(f"partner:{PARTNER}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": PARTNER[:-1]},
        {"X-API-Key": f"{PARTNER},{BATCH}"},
        {"X_API_Key": PARTNER},
        {"Authorization": PARTNER},
        {"Authorization": f"Basic {BASIC}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {PARTNER} {PARTNER}"},
        {"Authorization": json.loads(KEYS.variable.get_secret_value())["partner"]},
        {"Cookie": f"X-API-Key={PARTNER}"},
        {"Valohai.Key": "partner"},
    ],
)
def test_a_request_without_a_key_is_answered_by_401_and_a_challenge(
    server: ServerProcess, headers: dict[str, str]
) -> None:
    answer = server.get(f"{ADDRESS.prefix}/x", headers)
    assert answer.status_code == 401, server.output
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="endpoint"')
    assert "Authorization: Bearer KEY" in answer.text


def test_a_key_in_the_url_does_not_count(server: ServerProcess) -> None:
    assert server.get(f"{ADDRESS.prefix}/x?api_key={IN_URL}&access_token={IN_URL}", {}).status_code == 401


def test_the_health_of_the_server_is_told_without_a_key(server: ServerProcess) -> None:
    assert httpx.get(f"http://127.0.0.1:{server.health_port}/.valohai/health").status_code == 200


def test_log_and_metrics_hold_the_names_of_keys_and_no_key(server: ServerProcess, metrics: int) -> None:
    for key in (PARTNER, BATCH, "wrong-0123456789abcdef"):
        server.get(f"{ADDRESS.prefix}/logged", {"X-API-Key": key, "Authorization": f"Bearer {key}"})
    lines = (
        f'127.0.0.1 batch "GET {ADDRESS.prefix}/logged HTTP/1.1" 200',
        f'127.0.0.1 "GET {ADDRESS.prefix}/logged HTTP/1.1" 401',
    )
    wait_until(lambda: all(line in server.output for line in lines), lambda: server.output)
    assert PARTNER not in server.output
    assert BATCH not in server.output
    page = httpx.get(f"http://127.0.0.1:{metrics}/metrics").text
    counted = dict(
        line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("valohai_requests_by_key_")
    )
    partner, batch, in_url = (counted[f'valohai_requests_by_key_total{{key="{name}"}}'] for name in KEYS.keys)
    assert int(partner) > 0
    assert int(batch) > 0
    assert int(in_url) == 0


def test_a_preflight_request_of_a_page_that_may_ask_needs_no_key(server: ServerProcess) -> None:
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    url = f"http://127.0.0.1:{server.port}{ADDRESS.prefix}/x"
    answer = httpx.options(url, headers=headers)
    assert answer.status_code == 204, server.output
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert told == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "X-API-Key",
        "access-control-max-age": "600",
    }
    assert answer.headers["Vary"] == "Origin"
    refused = httpx.options(url, headers=headers | {"Origin": "https://evil.example"})
    assert not [name for name in refused.headers if name.startswith("access-control-")]
    assert httpx.options(url, headers={"Origin": PAGE}).status_code == 401


@pytest.mark.parametrize(("origin", "allowed"), [(PAGE, PAGE), (f"{PAGE}.evil.example", None), (None, None)])
@pytest.mark.parametrize(("key", "status"), [(PARTNER, 200), ("wrong", 401)])
def test_a_page_that_may_ask_may_read_every_answer(
    server: ServerProcess, origin: str | None, allowed: str | None, key: str, status: int
) -> None:
    answer = server.get(f"{ADDRESS.prefix}/x", {"X-API-Key": key} | ({"Origin": origin} if origin else {}))
    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("name", "told", "said"),
    [
        *(
            (API_KEYS_VARIABLE, told, "holds no API keys")
            for told in ("", "{}", "[]", '{"partner": "plain"}')
        ),
        (CORS_VARIABLE, "{}", "is not understood"),
    ],
)
def test_a_variable_that_is_not_understood_lets_nobody_in(
    start_server: StartServer, tmp_path: Path, name: str, told: str, said: str
) -> None:
    (tmp_path / "guarded.py").write_text(APPLICATION)
    server = start_server(Wsgi("guarded", "wsgi"), {name: told}, tmp_path, wait=False)
    assert server.wait_for_end() == 4
    assert f"The variable {name} {said}: set `" in server.output
