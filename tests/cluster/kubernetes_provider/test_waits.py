"""What an update says about workloads that do not become ready, and how the next one goes on."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubernetes_provider.kubectl import Kubectl
from tests.cluster.kubernetes_provider.stack import Stack

pytestmark = pytest.mark.cluster

TIMEOUT = "{'pulumi.com/timeoutSeconds': '%d'}"


def container(image: str, script: str) -> str:
    return repr({"name": "app", "image": image, "command": ["python3", "-c", script]})


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def descendants(pid: int) -> dict[int, str]:
    """The processes that a process has started: their command lines by their id."""
    found: dict[int, str] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= descendants(child)
    return found


def test_a_crash_loop_fails_the_update_with_the_last_log_lines_and_a_mended_container_converges(
    stack: Stack, kubectl: Kubectl, python_image: str, pause_image: str
) -> None:
    crashing = container(python_image, "print('loading the model'); raise SystemExit('model.pkl is missing')")
    stack.write(f"workload('crashing', {crashing}, annotations={TIMEOUT % 7})")
    shown = stack.fail_up()
    assert "did not become ready within 7 s" in shown
    assert "container app crashed" in shown
    assert "| loading the model" in shown
    assert "| model.pkl is missing" in shown
    assert "Traceback" not in shown

    [deployment] = [entry for entry in stack.resources() if entry["type"] == "kubernetes:apps/v1:Deployment"]
    assert any("model.pkl is missing" in reason for reason in deployment["initErrors"])
    assert "did not become ready within 7 s" in stack.fail_up(), "an unchanged program waits again"
    uid = kubectl.get("deployment", "crashing")["metadata"]["uid"]

    stack.write(
        f"workload('crashing', {{'name': 'app', 'image': {pause_image!r}}}, annotations={TIMEOUT % 60})"
    )
    stack.up()
    live = kubectl.get("deployment", "crashing")
    assert live["metadata"]["uid"] == uid
    assert live["status"]["availableReplicas"] == 1
    assert stack.preview() == []


FAILING = """
workload("unpullable", {"name": "app", "image": NOWHERE}, annotations=TIMEOUT)
gpu = {"limits": {"example.com/gpu": "1"}}
workload("greedy", {"name": "app", "image": PAUSE, "resources": gpu}, annotations=TIMEOUT)
memory = {"requests": {"memory": "9Ti"}}
workload("huge", {"name": "app", "image": PAUSE, "resources": memory}, annotations=TIMEOUT)
server = ["python3", "-m", "http.server", "8000"]
probe = {"http_get": {"path": "/missing", "port": 8000}, "period_seconds": 1}
workload(
    "unready",
    {"name": "app", "image": PYTHON, "command": server, "readiness_probe": probe},
    annotations={"pulumi.com/timeoutSeconds": "600"},
    custom_timeouts=pulumi.CustomTimeouts(create="12s"),
)
"""


@pytest.fixture(scope="module")
def failing(
    tmp_path_factory: pytest.TempPathFactory,
    namespace: str,
    connection: dict[str, str],
    pause_image: str,
    python_image: str,
) -> str:
    """What an update of four workloads that cannot become ready shows."""
    Kubectl(Path(connection["kubeconfig"]), namespace)(
        "create", "quota", "none", "--hard=requests.example.com/gpu=0"
    )
    values = {
        "TIMEOUT": {"pulumi.com/timeoutSeconds": "8"},
        "NOWHERE": f"{connection['registry']}/nowhere:1",
        "PAUSE": pause_image,
        "PYTHON": python_image,
    }
    stack = Stack(tmp_path_factory.mktemp("failing") / "program", namespace)
    stack.write("\n".join(f"{name} = {value!r}" for name, value in values.items()) + FAILING)
    return stack.fail_up()


def test_an_image_that_cannot_be_pulled_is_named_with_the_registrys_answer(
    failing: str, connection: dict[str, str]
) -> None:
    assert "container app cannot start: [" in failing
    assert "Pull" in failing
    assert f"{connection['registry']}/nowhere:1" in failing


def test_pods_that_a_quota_refuses_are_explained(failing: str) -> None:
    assert "[FailedCreate]" in failing
    assert "exceeded quota: none" in failing


def test_a_pod_that_fits_on_no_node_is_explained(failing: str) -> None:
    assert "[Unschedulable]" in failing
    assert "Insufficient memory" in failing


def test_probes_that_do_not_pass_are_explained(failing: str) -> None:
    assert "container app runs, but its probes do not pass" in failing
    assert "statuscode: 404" in failing


def test_a_custom_timeout_wins_over_the_annotation(failing: str) -> None:
    assert "/unready did not become ready within 12 s" in failing
    assert "/huge did not become ready within 8 s" in failing


def test_skip_await_does_not_wait(stack: Stack, connection: dict[str, str]) -> None:
    pod = {"name": "app", "image": f"{connection['registry']}/nowhere:1"}
    stack.write(f"workload('impatient', {pod!r}, annotations={{'pulumi.com/skipAwait': 'true'}})")
    stack.up()


def test_after_a_killed_engine_its_plugin_ends_and_the_next_update_converges(
    stack: Stack, kubectl: Kubectl, connection: dict[str, str], pause_image: str
) -> None:
    pod = {"name": "app", "image": f"{connection['registry']}/nowhere:1"}
    stack.write(f"workload('interrupted', {pod!r})")
    engine = stack.start_up()
    until(lambda: "interrupted" in kubectl.names("deployment"), "the Deployment")
    processes = descendants(engine.pid)
    [plugin] = [pid for pid, command in processes.items() if "localcluster.kubernetes_provider" in command]
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    until(lambda: not Path(f"/proc/{plugin}").exists(), "the plugin to end")
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    stack.write(f"workload('interrupted', {{'name': 'app', 'image': {pause_image!r}}})")
    stack.succeed("cancel", "--yes")
    refused = stack.fail_up()
    assert "PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true" in refused
    stack.up(PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert kubectl.get("deployment", "interrupted")["status"]["availableReplicas"] == 1
    stack.destroy()
    assert "interrupted" not in kubectl.names("deployment")


def test_an_interrupt_ends_a_wait_and_keeps_the_object_in_state(
    stack: Stack, kubectl: Kubectl, connection: dict[str, str]
) -> None:
    pod = {"name": "app", "image": f"{connection['registry']}/nowhere:1"}
    stack.write(f"workload('cancelled', {pod!r})")
    engine = stack.start_up()
    until(lambda: "cancelled" in kubectl.names("deployment"), "the Deployment")
    os.kill(engine.pid, signal.SIGINT)
    engine.wait(timeout=30)
    assert any(entry["urn"].endswith("::cancelled") for entry in stack.resources())
