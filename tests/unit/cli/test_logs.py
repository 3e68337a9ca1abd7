"""The logs of a pod are those of all its containers."""

from typing import Any

import pytest

from endpoints.cli.logs import containers_of

POD: dict[str, Any] = {
    "spec": {
        "initContainers": [{"name": "fetch"}, {"name": "proxy", "restartPolicy": "Always"}],
        "containers": [{"name": "vault"}, {"name": "endpoint"}],
    },
    "status": {
        "initContainerStatuses": [{"name": "fetch", "restartCount": 3}, {"name": "proxy", "restartCount": 1}],
        "containerStatuses": [{"name": "vault", "restartCount": 0}, {"name": "endpoint", "restartCount": 0}],
    },
}


@pytest.mark.parametrize(("restarted", "names"), [(False, ["endpoint", "vault", "proxy"]), (True, ["proxy"])])
def test_containers_that_run_together_are_shown_the_servers_first(restarted: bool, names: list[str]) -> None:
    assert containers_of(POD, restarted=restarted) == names


def test_without_a_restart_the_server_is_asked_and_the_cluster_says_that_there_is_none() -> None:
    assert containers_of({**POD, "status": {}}, restarted=True) == ["endpoint"]
