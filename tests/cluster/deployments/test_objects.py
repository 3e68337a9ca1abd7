"""The stack file of docs/pods-and-routes.md with every setting of that page, on a real cluster."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import ROOT, Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "objects-digits-production"
PAGE = ROOT / "docs/pods-and-routes.md"

MANIFEST = """
    - endpoint:
        name: predict-digit
        image: python:3.11-slim
        server-command: python server.py
        resources: {memory: {max: 64}, devices: {nvidia.com/gpu: 1}}
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python server.py
    """
SERVER = """
    import json, os, shutil
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Told(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            told = {"level": os.environ.get("LOG_LEVEL"), "shm": shutil.disk_usage("/dev/shm").total}
            self.wfile.write(json.dumps(told).encode())

    ThreadingHTTPServer(("0.0.0.0", 8000), Told).serve_forever()
    """


def documented() -> dict[str, Any]:
    """Return the settings of the page's whole stack file."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    config = yaml.safe_load(text)["config"]
    return {key.removeprefix("endpoints:"): value for key, value in config.items()}


@pytest.fixture(scope="module")
def classes(kubectl: Kubectl) -> Iterator[None]:
    """Make the classes that the stack file names."""
    objects = (
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "runc"},
            "handler": "runc",
        },
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": "models"},
            "value": 1000,
        },
    )
    kubectl.apply(*objects)
    yield
    kubectl.delete(*objects)


@pytest.fixture(scope="module")
def stack(
    new_stack: Callable[[str], Stack],
    classes: None,  # noqa: ARG001 - pods are refused without them
    tmp_path_factory: pytest.TempPathFactory,
) -> Stack:
    """Deploy the documented stack file, for an organization and a project of this test's own."""
    project = write_project(tmp_path_factory.mktemp("objects") / "project", MANIFEST, server__py=SERVER)
    settings = documented()
    settings["organization"] = "objects"
    settings["deployments"][0]["source"] = str(project)
    made = new_stack("objects")
    made.configure(**settings)
    made.up()
    return made


def named(kubectl: Kubectl, kind: str, endpoint: str) -> dict[str, Any]:
    """Return the endpoint's own object of a kind, not that of an alias."""
    (found,) = kubectl.get(kind, NAMESPACE, f"--selector=valohai.com/endpoint={endpoint},valohai.com/version")
    return found


def test_the_endpoints_answer_at_version_and_alias(stack: Stack) -> None:
    for summary in [*stack.outputs().values(), *stack.outputs("aliases").values()]:
        assert request(summary["url"]).status == 200, summary["url"]


def test_the_server_has_its_variable_and_its_shared_memory(stack: Stack) -> None:
    url = stack.outputs()["objects/digits/production/20261101.0/predict-digit"]["url"]
    assert request(url).body == f'{{"level": "debug", "shm": {64 * 1024**2}}}'


def test_the_router_makes_sessions_sticky_where_an_annotation_of_the_service_wants_that(stack: Stack) -> None:
    cookies = {}
    for address, summary in stack.outputs().items():
        with urllib.request.urlopen(summary["url"], timeout=30) as answer:
            cookies[address.rpartition("/")[2]] = answer.headers["Set-Cookie"] is not None
    assert cookies == {"predict-digit": True, "greet": False}


def test_pods_are_as_the_stack_file_says(stack: Stack, kubectl: Kubectl) -> None:  # noqa: ARG001
    pod = named(kubectl, "deployments", "predict-digit")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "100m", "memory": "100M"},
        "limits": {"cpu": "1", "memory": "400M", "ephemeral-storage": "500M"},
    }
    assert pod["runtimeClassName"] == "runc"
    assert pod["priorityClassName"] == "models"
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    assert pod["tolerations"] == [
        {"key": "dedicated", "operator": "Equal", "value": "models", "effect": "NoSchedule"}
    ]
    assert pod["dnsConfig"] == {"options": [{"name": "ndots", "value": "1"}]}
    assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert pod["affinity"]["nodeAffinity"].keys() == {
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    }


def test_other_objects_are_as_the_stack_file_says(stack: Stack, kubectl: Kubectl) -> None:  # noqa: ARG001
    assert (
        named(kubectl, "deployments", "predict-digit")["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 1
    )
    assert named(kubectl, "deployments", "greet")["spec"]["strategy"] == {"type": "Recreate"}
    assert named(kubectl, "services", "predict-digit")["spec"]["sessionAffinity"] == "ClientIP"
    autoscaler = named(kubectl, "horizontalpodautoscalers", "predict-digit")
    assert autoscaler["spec"]["behavior"]["scaleUp"]["selectPolicy"] == "Min"
    budget = named(kubectl, "poddisruptionbudgets", "predict-digit")["spec"]
    assert (budget.get("maxUnavailable"), budget["minAvailable"]) == (None, 1)
    routes = kubectl.get("ingresses", NAMESPACE, "--selector=valohai.com/endpoint=predict-digit")
    assert len(routes) == 2
    for route in routes:
        annotations = route["metadata"]["annotations"]
        assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == "50m"
        assert annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "300"
        assert route["metadata"]["labels"]["acme.example/team"] == "ml"


def test_nothing_is_left_to_change_afterwards(stack: Stack) -> None:
    assert stack.preview() == []


def test_a_patch_that_is_removed_is_taken_back(stack: Stack, kubectl: Kubectl) -> None:
    """Only its Service changes, and no pod restarts."""
    file = stack.directory / "stacks/Pulumi.trial.yaml"
    before = file.read_text()
    document = yaml.safe_load(before)
    endpoints = document["config"]["endpoints:deployments"][0]["versions"][0]["endpoints"]
    del endpoints["predict-digit"]["overrides"]["Service"]
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    assert {(step.operation, step.type) for step in stack.preview()} == {
        ("update", "kubernetes:core/v1:Service")
    }
    stack.up()
    assert named(kubectl, "services", "predict-digit")["spec"]["sessionAffinity"] == "None"


MISTAKES = [
    (
        {"Deployment": {"spec": {"minReadySecond": 1}}},
        "Deployment.spec.minReadySecond",
        "is not a field that",
    ),
    ({"Deployment": {"spec": {"minReadySeconds": "1"}}}, "Deployment.spec.minReadySeconds", "found a string"),
    (
        {"HorizontalPodAutoscaler": {"spec": {"behavior": {"scaleUp": {"selectPolicy": "Most"}}}}},
        "HorizontalPodAutoscaler.spec.behavior.scaleUp.selectPolicy",
        "Unsupported value",
    ),
    ({"Service": {"metadata": {"name": "other"}}}, "Service.metadata.name", "cannot be changed"),
    (
        {"Service": {"spec": {"ipFamilyPolicy": "RequireDualStack"}}},
        "Service.spec.ipFamilyPolicy",
        "not configured for dual-stack",
    ),
    ({"Service": {"spec": {"selector": {"a": "b"}}}}, "Service.spec.selector", "cannot be changed"),
    (
        {
            "Deployment": {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {
                                    "name": "endpoint",
                                    "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}},
                                }
                            ]
                        }
                    }
                }
            }
        },
        "",
        "violates PodSecurity",
    ),
    (
        {
            "Deployment": {
                "spec": {"template": {"spec": {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}}}
            }
        },
        "",
        "violates PodSecurity",
    ),
]


@pytest.mark.parametrize(("overrides", "key", "told"), MISTAKES, ids=[told for _, _, told in MISTAKES])
def test_a_mistake_is_told_with_its_line_before_anything_changes(
    stack: Stack, overrides: dict[str, Any], key: str, told: str
) -> None:
    file = stack.directory / "stacks/Pulumi.trial.yaml"
    before = file.read_text()
    document = yaml.safe_load(before)
    version = document["config"]["endpoints:deployments"][0]["versions"][0]
    version["endpoints"]["predict-digit"]["overrides"] = overrides
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    try:
        said = stack.fail("preview")
    finally:
        file.write_text(before)
    line = next(line for line in said.splitlines() if told in line)
    if key:
        place = f"endpoints:deployments[0].versions[0].endpoints.predict-digit.overrides.{key}: "
        assert re.search(rf"stacks/Pulumi.trial.yaml:\d+: {re.escape(place)}", line)
    assert "Traceback" not in said


def test_the_page_uses_every_setting_that_it_explains() -> None:
    text = PAGE.read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    tables = text.split("## A stack file with every setting")[0]
    rows = re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)
    elsewhere = {"ScaledObject", "PodMonitor", "HTTPRoute"}  # need what the embedded cluster does not have
    assert [key for key in dict.fromkeys(rows) if key not in elsewhere and f"{key}:" not in block] == []
