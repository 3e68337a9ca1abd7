import pytest

from localcluster.errors import ClusterError
from localcluster.node.network import NUMBERS, Network, choose_network, interface_name


def test_the_first_cluster_of_a_machine_gets_the_first_network() -> None:
    network = choose_network(["10.0.2.0/24", "172.17.0.0/16"], claimed=(), preferred=None)
    assert (network.host, network.node, network.pod_range) == ("10.77.0.1", "10.77.0.2", "10.78.0.0/24")


def test_a_route_that_overlaps_the_pods_addresses_moves_the_network() -> None:
    assert choose_network(["10.78.0.128/25"], claimed=(), preferred=None) == Network(1)


def test_a_route_to_a_single_address_counts_as_overlap() -> None:
    assert choose_network(["10.77.0.9"], claimed=(), preferred=None) == Network(1)


def test_the_last_network_is_kept_while_it_is_free() -> None:
    assert choose_network([], claimed={0}, preferred=5) == Network(5)


def test_the_last_network_is_given_up_when_another_cluster_claims_it() -> None:
    assert choose_network([], claimed={0, 5}, preferred=5) == Network(1)


def test_a_machine_whose_routes_cover_everything_is_told_what_to_do() -> None:
    with pytest.raises(ClusterError, match="localcluster down"):
        choose_network(["10.0.0.0/8"], claimed=(), preferred=None)


def test_no_two_networks_share_an_address() -> None:
    ranges = [text for number in NUMBERS for text in (Network(number).link_range, Network(number).pod_range)]
    assert len(set(ranges)) == 2 * len(NUMBERS)


def test_the_interface_name_fits_into_the_kernels_15_characters() -> None:
    assert len(interface_name("0123abcd")) <= 15
