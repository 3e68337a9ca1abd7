"""The embedded cluster with real companions: KEDA, cert-manager and Prometheus.

`make integrations` runs these tests.
"""

from typing import Any

import pytest

from localcluster.layout import Layout, find_layout
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
def layout() -> Layout:
    return find_layout()


@pytest.fixture(scope="session")
def keda(
    connection: dict[str, Any],
    layout: Layout,
    kubectl: Kubectl,
    figures: Figures,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with figures.timed("KEDA: built or found in the cache, started"):
        install_keda(layout, connection["registry"], kubectl, tmp_path_factory.mktemp("keda"))


@pytest.fixture(scope="session")
def cert_manager(connection: dict[str, Any], layout: Layout, kubectl: Kubectl, figures: Figures) -> None:
    with figures.timed("cert-manager: built or found in the cache, started"):
        install_cert_manager(layout, connection["registry"], kubectl)


@pytest.fixture(scope="session")
def prometheus(connection: dict[str, Any], layout: Layout, kubectl: Kubectl, figures: Figures) -> Prometheus:
    with figures.timed("Prometheus: built or found in the cache, started"):
        return install_prometheus(layout, connection["registry"], kubectl)
