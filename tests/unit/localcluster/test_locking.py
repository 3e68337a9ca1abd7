from dataclasses import replace
from pathlib import Path

import pytest

from localcluster import layout as layout_module
from localcluster.errors import ClusterError
from localcluster.instance import exclusive
from localcluster.layout import Layout


@pytest.fixture(autouse=True)
def runtime_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the locks of these tests out of /run."""
    monkeypatch.setattr(
        layout_module.Layout, "runtime", property(lambda self: tmp_path / f"run-{self.identity}")
    )


def test_two_commands_of_one_clone_cannot_work_at_the_same_time(layout: Layout) -> None:
    with (
        exclusive(layout),
        pytest.raises(ClusterError, match=r"another .* of this clone is at work"),
        exclusive(layout),
    ):
        pass


def test_the_lock_is_free_again_afterwards(layout: Layout) -> None:
    for _ in range(2):
        with exclusive(layout):
            assert (layout.runtime / "lock").exists()


def test_another_cluster_does_not_wait(layout: Layout, tmp_path: Path) -> None:
    with exclusive(layout), exclusive(replace(layout, state=tmp_path / "other")):
        pass


def test_the_lock_is_taken_anew_when_down_has_removed_the_file(layout: Layout) -> None:
    with exclusive(layout):
        (layout.runtime / "lock").unlink()
    with exclusive(layout):
        assert (layout.runtime / "lock").exists()
