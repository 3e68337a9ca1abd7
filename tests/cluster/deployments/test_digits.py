"""The life of one deployment, from nothing to a scaled service. The tests build on each other, in order."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoints.cluster.quantities import amount
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import copy_digits, deployment
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack, count_types

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-digits-production"
ADDRESS = "trial/digits/production/20261101.0/predict-digit"
WORKLOAD = "kubernetes:apps/v1:Deployment"
IMAGE = "docker-build:index:Image"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_digits(tmp_path_factory.mktemp("digits") / "project")


def settings(project: Path, **model: str) -> dict[str, Any]:
    predict_digit = {
        "files": {"model": {"path": str(project / "model.npz"), **model}},
        "replicas": {"min": 1, "max": 3},
        "scaling": {"scaleDownSeconds": 5},
        "metrics": {"scrape": "annotations"},
    }
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "deployments": [deployment("digits", project, predict_digit=predict_digit)],
    }


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], project: Path) -> Stack:
    stack = new_stack("digits")
    stack.configure(**settings(project))
    stack.up()
    return stack


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    found = stack.outputs()[ADDRESS]["url"]
    assert isinstance(found, str)
    return found


def test_every_sample_digit_is_told_at_the_endpoints_url(url: str, project: Path) -> None:
    assert url.endswith(f"/{ADDRESS}")
    for picture in sorted((project / "samples").glob("*.png")):
        answer = request(url, picture.read_bytes(), "image/png")
        assert answer.status == 200
        prediction = json.loads(answer.body)
        assert prediction["digit"] == int(picture.stem)
        assert max(prediction["probabilities"].values()) == prediction["probabilities"][picture.stem]


def test_prometheus_finds_what_the_pod_has_counted(url: str, kubectl: Kubectl, project: Path) -> None:
    pictures = len(list((project / "samples").glob("*.png")))
    (pod,) = kubectl.get("pods", NAMESPACE)
    annotations = pod["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    page = (
        f"http://{pod['status']['podIP']}:{annotations['prometheus.io/port']}"
        f"{annotations['prometheus.io/path']}"
    )
    wait_until(lambda: f'{{method="POST",code="200"}} {pictures}\n' in request(page).body, 30, page)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(request(page).body)
        for sample in family.samples
    }
    assert samples["valohai_metadata_sum", "digit"] == sum(range(pictures))
    assert samples["valohai_metadata_count", "probability"] == pictures
    assert samples["valohai_worker_exits_total",] == 0
    origin = url.removesuffix(ADDRESS)
    assert request(f"{origin}metrics").status == 404, "the router leads to no metrics"


def test_a_path_that_only_begins_like_the_endpoints_is_not_served(url: str) -> None:
    assert request(f"{url}s").status == 404


def test_outputs_name_the_image_that_pods_really_run(stack: Stack, kubectl: Kubectl) -> None:
    summary = stack.outputs()[ADDRESS]
    assert summary["namespace"] == NAMESPACE
    (pod,) = kubectl.get("pods", NAMESPACE)
    (container,) = pod["spec"]["containers"]
    (status,) = pod["status"]["containerStatuses"]
    assert container["image"] == summary["image"]
    assert status["imageID"].split("@")[1] == summary["image"].split("@")[1]


def test_logs_and_exec_reach_the_pod(stack: Stack, kubectl: Kubectl) -> None:
    assert stack.outputs()
    (pod,) = kubectl.get("pods", NAMESPACE)
    name = pod["metadata"]["name"]
    assert "gunicorn" in kubectl.run("logs", "--namespace", NAMESPACE, name)
    shown = kubectl.run("exec", "--namespace", NAMESPACE, name, "--", "id", "-u")
    assert shown.strip() == "10001"


def test_the_server_knows_the_memory_limit_of_its_container(stack: Stack, kubectl: Kubectl) -> None:
    assert stack.outputs()
    (pod,) = kubectl.get("pods", NAMESPACE)
    code = (
        "import sys; sys.path.append('/valohai/serving');"
        " from valohai_serving.supervision import memory_limit; print(memory_limit())"
    )
    known = kubectl.run("exec", "-n", NAMESPACE, pod["metadata"]["name"], "--", "python", "-c", code)
    (container,) = pod["spec"]["containers"]
    limit = amount(container["resources"]["limits"]["memory"])
    assert limit is not None
    # The kernel counts in pages.
    assert limit - 4096 < int(known) <= limit


def test_a_preview_right_after_changes_and_builds_nothing(stack: Stack) -> None:
    assert stack.preview() == []


def test_one_line_of_code_changes_image_and_workload_alone_while_the_url_answers(
    stack: Stack, project: Path, url: str
) -> None:
    before = stack.outputs()[ADDRESS]
    code = project / "predict.py"
    code.write_text(code.read_text().replace("jsonify(error=", "jsonify(mistake="))

    assert count_types(stack.preview()) == Counter({("update", IMAGE): 1, ("update", WORKLOAD): 1})
    with steady_requests(url) as statuses:
        stack.up()

    after = stack.outputs()[ADDRESS]
    assert after["url"] == before["url"]
    assert after["image"] != before["image"]
    assert "mistake" in request(url, b"no picture", "image/png").body
    assert set(statuses) == {200}, statuses
    assert stack.preview() == []


def deciders(kubectl: Kubectl) -> set[str]:
    """Return who has set the number of pods, by Kubernetes' own record."""
    listed = kubectl.run("get", "deployments", "-n", NAMESPACE, "-o", "json", "--show-managed-fields")
    (found,) = json.loads(listed)["items"]
    entries = found["metadata"]["managedFields"]
    return {entry["manager"] for entry in entries if "f:replicas" in entry["fieldsV1"].get("f:spec", {})}


def test_load_adds_pods_that_an_update_leaves_alone_and_that_go_when_it_ends(
    stack: Stack, kubectl: Kubectl, url: str, project: Path
) -> None:
    def workload() -> dict[str, Any]:
        (found,) = kubectl.get("deployments", NAMESPACE)
        return found

    assert workload()["spec"]["replicas"] == 1
    with steady_requests(url, threads=8, pause=0.001):
        wait_until(
            lambda: workload()["status"].get("readyReplicas", 0) > 1, 120, "the autoscaler added a pod"
        )
        assert stack.preview() == []
        code = project / "predict.py"
        code.write_text(code.read_text() + "\n# changed under load\n")
        stack.up()
        # The autoscaler goes on deciding meanwhile, so the number alone does not tell who has set it.
        assert workload()["spec"]["replicas"] > 1
        assert deciders(kubectl) == {"kube-controller-manager"}
    wait_until(lambda: workload()["spec"]["replicas"] == 1, 180, "the autoscaler took the pods away again")


def test_a_wrong_checksum_names_file_and_key_and_changes_nothing(
    stack: Stack, project: Path, url: str
) -> None:
    stack.configure(**settings(project, sha256="0" * 64))
    try:
        failed = stack.up(check=False)
    finally:
        stack.configure(**settings(project))

    shown = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert str(project / "model.npz") in shown
    assert "predict-digit.files.model: " in shown
    assert f"expected {'0' * 64}" in shown
    assert "Traceback" not in shown
    assert request(url).status == 200
    assert stack.preview() == []
