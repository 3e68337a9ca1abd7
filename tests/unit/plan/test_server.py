import json

import pytest

from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.plan.address import Address
from endpoints.plan.server import (
    ALIVE_PATH,
    HEALTH_PATH,
    HEALTH_PORT,
    Probe,
    Serving,
    container_command,
    default_probe,
    escape_references,
    free_health_port,
    server_environment,
)
from endpoints.serving.valohai_serving import supervision
from endpoints.stack_file.endpoint import Shutdown
from tests.serving.processes import as_kubernetes_expands

ADDRESS = Address("acme", "digits", "production", "20261101.0", "predict-digit")
COMMAND = ServerCommand(("python server.py",))


def environment(server: Wsgi | ServerCommand = COMMAND, cpu: str | None = None) -> dict[str, str]:
    return server_environment(server, ADDRESS, 8000, {} if cpu is None else {"cpu": cpu})


@pytest.mark.parametrize(
    ("server", "target"),
    [
        (Wsgi("predict"), "predict"),
        (Wsgi("package.predict", "predict_wsgi"), "package.predict:predict_wsgi"),
    ],
)
def test_wsgi_is_served_on_the_port_with_the_times_of_the_stack_file(server: Wsgi, target: str) -> None:
    serving = Serving(
        1200, keep_alive_seconds=620, shutdown=Shutdown(pre_stop_seconds=10, grace_period_seconds=300)
    )
    command = container_command(server, 5000, serving)
    assert command[:4] == ("/bin/sh", "/valohai/serving/start.sh", "--python", "/valohai/serving/serve.py")
    assert {"--server=gunicorn", "--port=5000", "--startup-timeout=1200", "--keep-alive=620"} < set(command)
    assert "--graceful-timeout=285" in command
    assert command[-1] == target


def test_the_port_for_health_is_nobody_elses() -> None:
    assert free_health_port(8000, None) == HEALTH_PORT
    assert free_health_port(HEALTH_PORT, HEALTH_PORT + 1) == HEALTH_PORT + 2


def test_each_line_of_a_server_command_stays_one_argument() -> None:
    lines = ("pip install 'a b' && true", "uvicorn app:app\n")
    assert container_command(ServerCommand(lines), 8000, Serving(600))[-2:] == lines


@pytest.mark.parametrize(
    "text",
    [
        "$HOME",
        "$(date)",
        "$(PORT)",
        "$$",
        "$$(PORT)",
        "$$$(PORT)",
        "echo $$; kill $!",
        "cost: 5$",
        "${A}$(B)$",
        "",
    ],
)
def test_kubernetes_gives_an_escaped_text_to_the_container_unchanged(text: str) -> None:
    assert as_kubernetes_expands(escape_references(text), {"PORT": "replaced"}) == text


def test_the_rules_of_kubernetes_would_change_it_unescaped() -> None:
    assert as_kubernetes_expands("$(PORT) $(date) $$", {"PORT": "8000"}) == "8000 $(date) $"


def test_every_server_is_told_its_prefix_and_port() -> None:
    variables = environment()
    assert variables["SCRIPT_NAME"] == variables["VH_DEFAULT_PREFIX"] == ADDRESS.prefix
    assert variables["PORT"] == "8000"


def test_the_metadata_name_the_address_and_the_commit() -> None:
    variables = server_environment(COMMAND, ADDRESS, 8000, {}, commit="1a2b3c")
    metadata = json.loads(variables["VALOHAI_METADATA"])
    assert set(metadata) == {"deployment", "version", "endpoint", "project", "meta"}
    assert metadata["deployment"]["name"] == "production"
    assert metadata["deployment"]["project"] == metadata["project"]
    assert metadata["project"] == {"name": "digits", "owner": {"username": "acme"}}
    assert metadata["version"] == {"name": "20261101.0", "commit": {"identifier": "1a2b3c"}}
    assert metadata["endpoint"]["name"] == "predict-digit"


@pytest.mark.parametrize(
    ("cpu", "workers", "threads"),
    [
        ("500m", "1", "1"),
        ("0.1", "1", "1"),
        ("1", "1", "1"),
        ("1500m", "2", "1"),
        ("4", "4", "1"),
        ("16", "4", "4"),
    ],
)
def test_the_cpu_limit_decides_workers_and_threads(cpu: str, workers: str, threads: str) -> None:
    variables = environment(Wsgi("app"), cpu)
    assert variables["WEB_CONCURRENCY"] == workers
    assert variables["OMP_NUM_THREADS"] == variables["OPENBLAS_NUM_THREADS"] == threads


def test_a_server_command_has_all_threads_for_itself() -> None:
    variables = environment(COMMAND, "3500m")
    assert variables["OMP_NUM_THREADS"] == "3"
    assert "WEB_CONCURRENCY" not in variables


def test_without_a_cpu_limit_there_is_one_worker_and_libraries_decide() -> None:
    variables = environment(Wsgi("app"))
    assert variables["WEB_CONCURRENCY"] == "1"
    assert not [name for name in variables if name.endswith("_THREADS")]


def test_wsgi_is_probed_by_its_health_and_a_command_by_tcp() -> None:
    assert default_probe(Wsgi("app"), 60) == Probe("http", HEALTH_PATH, 60)
    assert default_probe(COMMAND, 90) == Probe("tcp", None, 90)
    assert default_probe(COMMAND, 90, connections_are_requests=True) == Probe("listening", None, 90)


def test_the_image_answers_the_paths_that_are_probed() -> None:
    assert (supervision.HEALTH_PATH, supervision.ALIVE_PATH) == (HEALTH_PATH, ALIVE_PATH)
