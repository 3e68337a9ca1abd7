"""The embedded cluster with real companions: KEDA, cert-manager and Prometheus.

`make integrations` runs these tests.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcluster.command_line.progress import Progress
from localcluster.layout import find_layout
from localcluster.programs.go import ensure_programs, load_group, program_directory
from tests.cluster.conftest import connection as connection
from tests.cluster.conftest import in_the_background as in_the_background
from tests.cluster.deployments.conftest import kubectl as kubectl
from tests.cluster.deployments.conftest import new_stack as new_stack
from tests.cluster.deployments.kubectl import Kubectl
from tests.integrations.companions.cert_manager import install_cert_manager
from tests.integrations.companions.keda import install_keda
from tests.integrations.companions.prometheus import Prometheus, install_prometheus
from tests.integrations.figures import Figures

FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[FIGURES].lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    return request.config.stash[FIGURES]


@pytest.fixture(scope="session")
def build(figures: Figures) -> Callable[[str], Path]:
    """Build a group of tools/ unless the cache has it; return the directory of its programs and files."""
    layout = find_layout()

    def run(group: str) -> Path:
        described = load_group(layout.clone / "tools" / group)
        cached = program_directory(described, layout.cache).exists()
        with figures.timed(f"{group}: {'found in the cache' if cached else 'built'}"):
            return ensure_programs(described, layout.cache, os.environ, Progress())

    return run


@pytest.fixture(scope="session")
def keda(
    connection: dict[str, Any],
    build: Callable[[str], Path],
    kubectl: Kubectl,
    figures: Figures,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    programs = build("keda")
    with figures.timed("keda: started, until its metrics API answers"):
        install_keda(programs, connection["registry"], kubectl, tmp_path_factory.mktemp("keda"))


@pytest.fixture(scope="session")
def cert_manager(
    connection: dict[str, Any], build: Callable[[str], Path], kubectl: Kubectl, figures: Figures
) -> None:
    programs = build("cert-manager")
    with figures.timed("cert-manager: started"):
        install_cert_manager(programs, connection["registry"], kubectl)


@pytest.fixture(scope="session")
def prometheus(
    connection: dict[str, Any], build: Callable[[str], Path], kubectl: Kubectl, figures: Figures
) -> Prometheus:
    programs = build("prometheus")
    with figures.timed("prometheus: started"):
        return install_prometheus(programs, connection["registry"], kubectl)
