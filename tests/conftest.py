from pathlib import Path

import pytest

CLUSTER = Path(__file__).parent / "cluster"
TOGETHER = (CLUSTER / "managed", CLUSTER / "preflight")
"""Directories whose files share objects of the cluster, and so must be run one after the other."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, since they share what its fixtures make."""
    for item in items:
        group = item.path.parent if item.path.parent in TOGETHER else item.path
        item.add_marker(pytest.mark.xdist_group(str(group)))
