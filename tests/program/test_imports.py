"""What no run imports that does not need it: every preview and update waits for imports."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RUN = """
import sys
from tests.program.recording import run_program
run_program(dict(argument.split("=", 1) for argument in sys.argv[1:]))
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a Python that did nothing but run the program."""
    project = tmp_path_factory.mktemp("project")
    (project / "valohai.yaml").write_text("- endpoint: {name: greet, image: python, wsgi: greet}\n")
    deployment = f'{{"project": "p", "name": "d", "source": "{project}", "versions": [{{"name": "1"}}]}}'
    settings = {
        "organization": "acme",
        "cluster": '{"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"}',
        "registry": '{"repository": "registry.acme.example/ml"}',
        "routing": '{"kind": "ingress", "ingressClass": "traefik", "host": "models.acme.example"}',
        "deployments": f"[{deployment}]",
    }
    command = [sys.executable, "-c", RUN, *(f"{name}={value}" for name, value in settings.items())]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(printed.splitlines()[-1].split())


def test_what_declares_the_stack_is_imported(imported: set[str]) -> None:
    assert {"endpoints.resources.workload", "pulumi_docker_build", "pulumi_kubernetes.apps.v1"} <= imported


@pytest.mark.parametrize(
    ("module", "needed_by"),
    [
        ("obstore", "model files in object stores"),
        ("pulumi_docker", "images that a Docker daemon builds"),
        ("pulumi_kubernetes.rbac.v1", "the program of a managed cluster"),
        ("endpoints.cli", "python -m endpoints"),
        ("endpoints.report", "python -m endpoints report"),
        ("endpoints.policy", "the policy pack"),
        ("localcluster", "the embedded cluster itself"),
    ],
)
def test_what_only_others_need_is_not_imported(imported: set[str], module: str, needed_by: str) -> None:
    found = {name for name in imported if name == module or name.startswith(f"{module}.")}
    assert not found, f"this is for {needed_by}"
