import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.program.recording import ROOT, Recording, run_program

Manage = Callable[..., Recording]


@pytest.fixture
def manage() -> Manage:
    """Run the managing program for two teams; keywords replace or add settings."""

    def run(**changes: Any) -> Recording:
        settings: dict[str, Any] = {
            "cluster": {"kind": "user", "context": "prod", "kubeconfig": "../tests/fixtures/kubeconfig.yaml"},
            "registry": {
                "repository": "registry.acme.example/ml",
                "username": "robot",
                "password": "registry-password",
            },
            "routing": {"kind": "ingress", "ingressClass": "traefik", "host": "models.acme.example"},
            "network": {"routerNamespace": "traefik", "egress": "internet"},
            "teams": [
                {
                    "name": "fraud",
                    "organization": "acme",
                    "deployments": [{"project": "digits", "name": "production"}],
                },
                {
                    "name": "growth",
                    "organization": "acme",
                    "deployments": [
                        {"project": "offers", "name": "production"},
                        {"project": "offers", "name": "staging"},
                    ],
                },
            ],
        } | changes
        return run_program(
            {key: json.dumps(value) for key, value in settings.items()},
            program=ROOT / "managed/__main__.py",
            project="managed",
        )

    return run
