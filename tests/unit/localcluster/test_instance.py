from dataclasses import replace
from pathlib import Path

import pytest

from localcluster import layout as layout_module
from localcluster.errors import ClusterError
from localcluster.instance import claim_instance, exclusive, load_instance
from localcluster.layout import Layout


@pytest.fixture(autouse=True)
def runtime_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the locks of these tests out of /run."""
    monkeypatch.setattr(
        layout_module.Layout, "runtime", property(lambda self: tmp_path / f"localcluster-{self.identity}")
    )


def test_two_commands_of_one_clone_cannot_work_at_the_same_time(layout: Layout) -> None:
    with (
        exclusive(layout),
        pytest.raises(ClusterError, match=r"another .* of this clone is running"),
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


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.5"])
def test_a_setting_that_is_no_port_is_refused_by_name(layout: Layout, text: str) -> None:
    with pytest.raises(ClusterError, match=f"LOCALCLUSTER_ROUTER_PORT is '{text}'"):
        claim_instance(layout, {"LOCALCLUSTER_ROUTER_PORT": text})


def test_the_claim_is_kept_with_the_state_and_found_again(layout: Layout) -> None:
    layout.runtime.mkdir()
    first = claim_instance(
        layout, {"LOCALCLUSTER_ROUTER_PORT": "18080", "LOCALCLUSTER_REGISTRY_PORT": "15000"}
    )
    assert load_instance(layout.state / "instance.json") == first
    assert claim_instance(layout, {}) == first


def test_two_clusters_that_are_being_started_claim_different_ports_and_networks(
    layout: Layout, tmp_path: Path
) -> None:
    settings = {"LOCALCLUSTER_ROUTER_PORT": "18080", "LOCALCLUSTER_REGISTRY_PORT": "15000"}
    neighbour = replace(layout, state=tmp_path / "neighbour")
    with exclusive(layout), exclusive(neighbour):
        first, second = claim_instance(layout, settings), claim_instance(neighbour, settings)
    assert first.network_number != second.network_number
    assert first.router_port != second.router_port
    assert first.registry_port != second.registry_port
