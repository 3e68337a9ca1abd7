import json
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.plan import EndpointPlan, StackPlan
from endpoints.plan.address import Address
from endpoints.plan.server import HEALTH_PATH, Probe
from endpoints.stack_file import Replicas, Scaling
from tests.unit.plan.images import built

Plan = Callable[[str], StackPlan]

PREFIX = "/acme/shapes/production/20261101.0"


def endpoints(plan: StackPlan) -> dict[str, EndpointPlan]:
    """Return the endpoints of the only version by name."""
    ((version,),) = [deployment.versions for deployment in plan.deployments]
    return {endpoint.address.endpoint: endpoint for endpoint in version.endpoints}


def test_a_deployment_is_a_namespace_of_versions_of_endpoints(plan: Plan, stack: str) -> None:
    (deployment,) = plan(stack).deployments

    assert (deployment.organization, deployment.project, deployment.name) == ("acme", "shapes", "production")
    assert deployment.namespace == "acme-shapes-production"
    assert deployment.labels["valohai.com/deployment"] == "production"
    (version,) = deployment.versions
    assert (version.name, version.commit) == ("20261101.0", None)
    assert [endpoint.address for endpoint in version.endpoints] == [
        Address("acme", "shapes", "production", "20261101.0", name) for name in ("predict", "greet")
    ]


def test_the_same_input_gives_the_same_plan(plan: Plan, stack: str) -> None:
    assert plan(stack) == plan(stack)


def test_what_the_manifest_says_is_carried_over(plan: Plan, stack: str) -> None:
    predict, greet = endpoints(plan(stack)).values()

    assert predict.description == "Answers with a class"
    assert built(predict).base == "python:3.11-slim"
    assert (predict.port, greet.port) == (8000, 9000)
    assert greet.command[-1] == "python -m greet --port $PORT"
    assert "--server=gunicorn" in predict.command


def test_minimums_become_requests_and_maximums_limits(plan: Plan, stack: str) -> None:
    predict = endpoints(plan(stack))["predict"]

    assert predict.requests == {"cpu": "500m", "memory": "256M"}
    assert predict.limits == {"cpu": "2", "memory": "512M"}


@pytest.mark.parametrize(
    ("resources", "requests", "limits"),
    [
        ("{}", {"cpu": "100m"}, {}),
        ("{cpu: {max: 0.05}}", {"cpu": "50m"}, {"cpu": "50m"}),
        ("{cpu: {max: 1.5}}", {"cpu": "100m"}, {"cpu": "1500m"}),
        ("{cpu: {min: 3}}", {"cpu": "3"}, {}),
        ("{memory: {max: 64}}", {"cpu": "100m"}, {"memory": "64M"}),
        (
            "{ephemeral-storage: {min: 10, max: 20}}",
            {"cpu": "100m", "ephemeral-storage": "10M"},
            {"ephemeral-storage": "20M"},
        ),
        (
            "{devices: {nvidia.com/gpu: 2}}",
            {"cpu": "100m", "nvidia.com/gpu": "2"},
            {"nvidia.com/gpu": "2"},
        ),
    ],
)
def test_a_request_for_cpu_is_always_there_and_never_above_the_limit(
    plan: Plan, stack: str, root: Path, resources: str, requests: dict[str, str], limits: dict[str, str]
) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(
        manifest.read_text().replace("resources: {memory: {max: 64}}", f"resources: {resources}")
    )
    greet = endpoints(plan(stack))["greet"]

    assert greet.requests == requests
    assert greet.limits == limits


def test_every_container_is_told_its_prefix_and_port(plan: Plan, stack: str) -> None:
    for name, endpoint in endpoints(plan(stack)).items():
        assert endpoint.environment["SCRIPT_NAME"] == f"{PREFIX}/{name}"
        assert endpoint.environment["VH_DEFAULT_PREFIX"] == f"{PREFIX}/{name}"
        assert endpoint.environment["PORT"] == str(endpoint.port)


def test_special_variables_override_general_ones(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {environment: {D: endpoint, WEB_CONCURRENCY: '7'}}")
    text = text.replace(
        "versions:", "environment: {B: deployment, C: deployment, D: deployment}\n      versions:"
    )
    text = text.replace('"20261101.0"', '"20261101.0"\n          environment: {C: version, D: version}')
    text += "  endpoints:environment: {A: stack, B: stack, C: stack, D: stack}\n"
    planned = endpoints(plan(text))

    expected = {"A": "stack", "B": "deployment", "C": "version", "D": "version"}
    assert expected.items() <= planned["predict"].environment.items()
    assert (expected | {"D": "endpoint", "WEB_CONCURRENCY": "7"}).items() <= planned[
        "greet"
    ].environment.items()


def test_variables_reach_the_container_as_they_are_written(plan: Plan, stack: str) -> None:
    """Kubernetes would replace $(PORT) by the variable's value, and $$( by $(."""
    text = stack + "  endpoints:environment: {A: $(PORT), B: $PORT and $5, C: '$$(x)'}\n"
    environment = endpoints(plan(text))["greet"].environment

    assert [environment[name] for name in "ABC"] == ["$$(PORT)", "$PORT and $5", "$$$$(x)"]


def test_replicas_and_patience_come_from_the_settings(plan: Plan, stack: str) -> None:
    settings = "{replicas: {min: 2, max: 9}, scaling: {scaleDownSeconds: 30}, timeoutSeconds: 90}"
    planned = endpoints(plan(stack.replace("greet: {}", f"greet: {settings}")))

    assert planned["greet"].replicas == Replicas(min=2, max=9)
    assert planned["greet"].scaling == Scaling(cpu_utilization=70, scale_down_seconds=30)
    assert planned["greet"].timeout_seconds == 90
    assert planned["predict"].replicas == Replicas(min=1, max=4)
    assert planned["predict"].scaling == Scaling(cpu_utilization=70, scale_down_seconds=300)
    assert planned["predict"].timeout_seconds == 600


@pytest.mark.parametrize(
    ("probe", "predict", "greet"),
    [
        ("{}", Probe("http", HEALTH_PATH, 600), Probe("tcp", None, 600)),
        ("{startupSeconds: 5}", Probe("http", HEALTH_PATH, 5), Probe("tcp", None, 5)),
        ("{kind: tcp}", Probe("tcp", None, 600), Probe("tcp", None, 600)),
        ("{kind: listening}", Probe("listening", None, 600), Probe("listening", None, 600)),
        (
            "{kind: http, path: /health}",
            Probe("http", f"{PREFIX}/predict/health", 600),
            Probe("http", f"{PREFIX}/greet/health", 600),
        ),
    ],
)
def test_a_probe_fits_the_server_unless_it_is_chosen(
    plan: Plan, stack: str, probe: str, predict: Probe, greet: Probe
) -> None:
    text = stack.replace("greet: {}", f"greet: {{probe: {probe}}}")
    text = text.replace("predict:\n", f"predict:\n              probe: {probe}\n")
    planned = endpoints(plan(text))

    assert planned["predict"].probe == predict
    assert planned["greet"].probe == greet


@pytest.mark.parametrize(("settings", "kind"), [("{}", "listening"), ("{image: acme/greet:1}", "tcp")])
def test_a_server_of_one_request_is_probed_without_a_connection_where_its_image_can(
    plan: Plan, stack: str, root: Path, settings: str, kind: str
) -> None:
    manifest = root / "project/valohai.yaml"
    text = manifest.read_text().replace("python -m greet --port $PORT", "python -m wsgiref.simple_server")
    manifest.write_text(text)
    probe = endpoints(plan(stack.replace("greet: {}", f"greet: {settings}")))["greet"].probe
    assert (probe.kind, probe.startup_seconds) == (kind, 600)


def test_the_time_to_start_is_also_the_servers(plan: Plan, stack: str) -> None:
    text = stack.replace("predict:\n", "predict:\n              probe: {startupSeconds: 45}\n")
    assert "--startup-timeout=45" in endpoints(plan(text))["predict"].command


def test_paths_of_an_image_are_below_the_root_and_relative_to_it(plan: Plan, stack: str, root: Path) -> None:
    image = built(endpoints(plan(stack))["predict"])

    assert not image.context.is_absolute()
    assert (root / image.context / "app.py").is_file()
    assert image.named_contexts.keys() == {"serving", "files"}
    assert (root / image.named_contexts["serving"] / "serve.py").is_file()
    assert (root / image.named_contexts["files"] / "models/model.npz").read_bytes() == b"weights"


def test_serving_code_in_images_holds_no_caches(plan: Plan, stack: str, root: Path) -> None:
    image = built(endpoints(plan(stack))["greet"])
    assert not [
        path for path in (root / image.named_contexts["serving"]).rglob("*") if "__pycache__" in path.parts
    ]


def test_an_endpoint_without_model_files_has_no_context_for_them(plan: Plan, stack: str) -> None:
    image = built(endpoints(plan(stack))["greet"])
    assert image.named_contexts.keys() == {"serving"}
    assert "--from=files" not in image.dockerfile


def test_a_changed_model_changes_its_own_context_and_nothing_else(plan: Plan, stack: str, root: Path) -> None:
    before = endpoints(plan(stack))
    (root / "model.npz").write_bytes(b"better weights")
    after = endpoints(plan(stack))

    assert after["greet"] == before["greet"]
    assert built(after["predict"]).context == built(before["predict"]).context
    assert built(after["predict"]).named_contexts["files"] != built(before["predict"]).named_contexts["files"]


def test_requirements_for_deployment_come_before_the_others(plan: Plan, stack: str, root: Path) -> None:
    assert "-r requirements.txt" in built(endpoints(plan(stack))["greet"]).dockerfile
    (root / "project/requirements-deployment.txt").write_text("flask==3.1.3\n")
    assert "-r requirements-deployment.txt" in built(endpoints(plan(stack))["greet"]).dockerfile


def test_without_a_choice_all_endpoints_are_deployed_with_defaults(
    plan: Plan, stack: str, root: Path
) -> None:
    manifest = root / "project/valohai.yaml"
    files = "    files:\n      - name: model\n        path: models/model.npz\n"
    manifest.write_text(manifest.read_text().replace(files, ""))
    planned = endpoints(plan(stack.partition("          endpoints:")[0]))

    assert planned.keys() == {"predict", "greet"}
    assert planned["greet"].replicas == Replicas(min=1, max=4)
    assert planned["greet"].scaling == Scaling(cpu_utilization=70, scale_down_seconds=300)


def test_versions_come_each_from_its_own_commit(
    plan: Plan, stack: str, root: Path, git: Callable[..., str]
) -> None:
    commits = []
    for text in ("one", "two"):
        (root / "project/app.py").write_text(text)
        if text == "one":
            git(root / "project", "init", "--quiet")
        git(root / "project", "add", ".")
        git(root / "project", "commit", "--quiet", "--message", text)
        commits.append(git(root / "project", "rev-parse", "HEAD"))
    head = stack.partition("        - name:")[0]
    versions = "".join(
        f'        - {{name: "{commit[:3]}", commit: "{commit[:8]}", endpoints: {{greet: }}}}\n'
        for commit in commits
    )
    ((one, two),) = [deployment.versions for deployment in plan(head + versions).deployments]

    assert [one.commit, two.commit] == commits
    texts = [(root / built(version.endpoints[0]).context / "app.py").read_text() for version in (one, two)]
    assert texts == ["one", "two"]
    metadata = json.loads(one.endpoints[0].environment["VALOHAI_METADATA"])
    assert metadata["version"]["commit"]["identifier"] == commits[0]


def test_an_empty_stack_has_an_empty_plan(plan: Plan, stack: str) -> None:
    text = stack.partition("  endpoints:deployments:")[0] + "  endpoints:deployments: []\n"
    assert plan(text) == StackPlan(())
