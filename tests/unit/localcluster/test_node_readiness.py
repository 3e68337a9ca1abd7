from typing import Any

import pytest

from localcluster.control_plane import api
from localcluster.instance import Instance
from localcluster.layout import Layout

NINE, TEN, ELEVEN = 1796288400.0, 1796292000.0, 1796295600.0
"""09:00, 10:00 and 11:00 UTC of 2026-12-03."""


def answers(ready: str | None, heartbeat: str, renewal: str | None) -> dict[str, Any]:
    condition = {"type": "Ready", "status": ready, "message": "why", "lastHeartbeatTime": heartbeat}
    return {
        "/api/v1/nodes/localcluster": {"status": {"conditions": [condition] if ready else []}},
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/localcluster": (
            {"spec": {"renewTime": renewal}} if renewal else None
        ),
    }


@pytest.mark.parametrize(
    ("ready", "heartbeat", "renewal", "since", "expected"),
    [
        ("True", "2026-12-03T09:00:00Z", "2026-12-03T10:00:00.5Z", NINE, True),
        ("True", "2026-12-03T09:00:00Z", "2026-12-03T10:00:00.5Z", TEN, True),
        ("True", "2026-12-03T09:00:00Z", "2026-12-03T10:00:00.5Z", ELEVEN, False),
        ("True", "2026-12-03T10:00:00Z", None, TEN + 0.4, True),
        ("False", "2026-12-03T10:00:00Z", None, TEN, False),
        (None, "", None, 0.0, False),
    ],
)
def test_a_node_counts_as_ready_only_after_a_sign_of_life(
    layout: Layout,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    ready: str | None,
    heartbeat: str,
    renewal: str | None,
    since: float,
    expected: bool,
) -> None:
    told = answers(ready, heartbeat, renewal)
    monkeypatch.setattr(api, "get", lambda _layout, _instance, path: told[path])
    assert api.node_condition(layout, instance, since)[0] is expected


def test_an_api_server_that_does_not_answer_is_told_as_the_reason(
    layout: Layout, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "get", lambda *_: None)
    assert api.node_condition(layout, instance) == (
        False,
        "the API server does not know the node or does not answer",
    )
