import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.layout import find_layout
from tests.cluster.localcluster.cluster import Cluster


@pytest.fixture(scope="session")
def tools_are_built() -> None:
    """Skip where building the tools first would take minutes."""
    if not Path(os.environ.get("LOCALCLUSTER_CONNECTION", "")).is_file():
        pytest.skip('the embedded cluster does not run here: eval "$(python -m localcluster env)" after `up`')


@pytest.fixture(scope="module")
def cluster(
    tools_are_built: None,  # noqa: ARG001 - skips where no cluster runs
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    """A second cluster, which is down before the first test and leaves nothing after the last."""
    state = tmp_path_factory.mktemp("cluster") / "state"
    own = Cluster(replace(find_layout({**os.environ, "LOCALCLUSTER_STATE": str(state)}), state=state))
    try:
        yield own
    finally:
        own.command("down", "--purge")
        shutil.rmtree(state, ignore_errors=True)
