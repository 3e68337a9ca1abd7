from pathlib import Path

import pytest

from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.programs.system import SystemPrograms

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A cluster that has never been up."""
    return Layout(clone=REPOSITORY, state=tmp_path / "state", cache=tmp_path / "cache")


@pytest.fixture
def instance() -> Instance:
    return Instance(network_number=7, router_port=8080, registry_port=5000)


@pytest.fixture
def system(tmp_path: Path) -> SystemPrograms:
    return SystemPrograms(tmp_path / "debian")
