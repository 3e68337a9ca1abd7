import os
import socket

import pytest

from localcluster.errors import ClusterError
from localcluster.ports import choose_port, holder, is_free


def test_the_process_that_listens_on_a_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert holder(port) == os.getpid()
        assert not is_free("127.0.0.1", port)


def test_a_port_is_free_once_its_server_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert holder(port) is None
    assert is_free("127.0.0.1", port)


def test_a_busy_port_names_the_process_that_holds_it_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ClusterError) as caught:
            choose_port("router", "127.0.0.1", port, claimed=())
    message = str(caught.value)
    assert f"port {port} of 127.0.0.1" in message
    assert f"process {os.getpid()} (" in message
    assert "LOCALCLUSTER_ROUTER_PORT" in message
    assert "kubeconfig" in message


def test_a_port_that_another_cluster_claims_is_stepped_over_even_while_nobody_listens() -> None:
    assert choose_port("router", "127.0.0.1", 8080, {8080, 8081}, free=lambda *_: True) == 8082


def test_a_port_that_another_clusters_process_holds_is_stepped_over() -> None:
    chosen = choose_port(
        "registry",
        "127.0.0.1",
        5000,
        claimed=(),
        free=lambda _, port: port == 5001,
        find_holder=lambda _: 99,
        is_cluster=lambda pid: pid == 99,
    )
    assert chosen == 5001


def test_a_port_held_by_a_process_that_cannot_be_seen_is_an_error_too() -> None:
    with pytest.raises(ClusterError, match="an unknown process"):
        choose_port("router", "127.0.0.1", 8080, (), free=lambda *_: False, find_holder=lambda _: None)
