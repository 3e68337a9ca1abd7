from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.command_line.preflight import (
    ALTERNATIVE,
    PROGRAMS,
    Machine,
    check,
    file_system_type,
    missing_capabilities,
)
from localcluster.errors import ClusterError

GOOD = Machine(
    system="Linux",
    user=0,
    status="Name:\tpython\nCapEff:\t000001ffffffffff\n",
    file_systems="nodev\tproc\nnodev\toverlay\n\text4\n",
    find_program=lambda name: f"/usr/bin/{name}",
)


def without(missing: str) -> Callable[[str], str | None]:
    return lambda name: None if name == missing else f"/usr/bin/{name}"


def test_a_machine_that_has_everything_passes() -> None:
    check(GOOD)


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(GOOD, system="Darwin"), ["needs Linux", "Darwin"]),
        (replace(GOOD, user=1000), ["root", "user 1000", "sudo"]),
        (replace(GOOD, status="CapEff:\t000001ffffdfffff\n"), ["CAP_SYS_ADMIN", "--privileged"]),
        (replace(GOOD, status="CapEff:\t000001ffffffefff\n"), ["CAP_NET_ADMIN", "network interfaces"]),
        (replace(GOOD, file_systems="\text4\n"), ["overlayfs", "modprobe overlay"]),
        (replace(GOOD, state_file_system="overlayfs"), ["overlay", "LOCALCLUSTER_STATE"]),
        (replace(GOOD, find_program=without("go")), ["'go'", "install Go 1.26"]),
        (replace(GOOD, find_program=without("apt-get")), ["'apt-get'", "Debian"]),
        (replace(GOOD, find_program=without("ip")), ["'ip'", "iproute2"]),
    ],
)
def test_each_lack_is_named_with_a_remedy_and_the_alternative(machine: Machine, words: list[str]) -> None:
    with pytest.raises(ClusterError) as caught:
        check(machine)
    message = str(caught.value)
    for word in words:
        assert word in message
    assert message.endswith(ALTERNATIVE)
    assert "\n" not in message


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_needed_program_is_looked_for(program: str) -> None:
    with pytest.raises(ClusterError, match=program):
        check(replace(GOOD, find_program=without(program)))


def test_the_file_system_of_a_directory_that_is_yet_to_be_made_is_that_of_its_parent(tmp_path: Path) -> None:
    assert file_system_type(tmp_path / "not/yet") == file_system_type(tmp_path) != ""


def test_a_root_that_lacks_only_cap_sys_resource_is_good_enough() -> None:
    assert missing_capabilities("CapEff:\t000001fffeffffff\n") == []
