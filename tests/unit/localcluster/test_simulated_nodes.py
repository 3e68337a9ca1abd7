import pytest

from localcluster.layout import Layout
from localcluster.node.simulated import node_object, wanted_count


def test_real_pods_stay_away_unless_they_ask() -> None:
    node = node_object(3)
    assert node["metadata"]["name"] == "simulated-0003"
    assert node["metadata"]["labels"]["type"] == "kwok"
    assert node["spec"]["taints"][0]["effect"] == "NoSchedule"


@pytest.mark.parametrize(
    ("kept", "requested", "wanted"), [(None, None, 0), ("5", None, 5), ("5", 0, 0), ("5", 9, 9)]
)
def test_without_a_number_the_nodes_stay_as_they_are(
    layout: Layout, kept: str | None, requested: int | None, wanted: int
) -> None:
    layout.state.mkdir()
    if kept is not None:
        (layout.state / "simulated-nodes").write_text(kept)
    assert wanted_count(layout, requested) == wanted
