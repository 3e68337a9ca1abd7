import json
import os
import subprocess
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.network_policy.__main__ import read_stand_in
from localcluster.network_policy.component import PLUGIN, install_plugins, network_policy, plugin_directory
from localcluster.node.containerd import network_text, settings_text
from localcluster.programs.system import SystemPrograms


@pytest.fixture
def installed(layout: Layout, system: SystemPrograms) -> Path:
    """The directory of network plugins, filled twice."""
    layout.state.mkdir()
    install_plugins(layout, replace(system, directory=layout.cache / "older"))
    install_plugins(layout, system)
    return plugin_directory(layout)


def test_the_runtime_finds_every_plugin_of_its_configuration(
    installed: Path, layout: Layout, instance: Instance, system: SystemPrograms
) -> None:
    assert f'bin_dir = "{installed}"' in settings_text(layout, instance)
    plugins = json.loads(network_text(layout, instance.network))["plugins"]
    used = {plugin["type"] for plugin in plugins} | {plugins[0]["ipam"]["type"], "loopback"}
    assert {path.name for path in installed.iterdir()} == used
    assert (installed / "ptp").readlink() == system.directory / "usr/lib/cni/ptp"


def test_pods_are_attached_after_they_have_their_addresses(layout: Layout, instance: Instance) -> None:
    plugins = json.loads(network_text(layout, instance.network))["plugins"]
    assert [plugin["type"] for plugin in plugins] == ["ptp", "portmap", PLUGIN]


def test_the_agent_and_its_plugin_meet_at_the_same_socket(
    layout: Layout, instance: Instance, system: SystemPrograms
) -> None:
    component = network_policy(layout, instance, system, lambda: None)
    plugins = json.loads(network_text(layout, instance.network))["plugins"]
    assert f"--socket={plugins[-1]['agent']}" in component.command
    assert not component.is_ready()


def test_the_installed_plugin_can_be_run(installed: Path) -> None:
    finished = subprocess.run(
        [installed / PLUGIN],
        input="{}",
        env={**os.environ, "CNI_COMMAND": "VERSION"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "supportedVersions" in json.loads(finished.stdout)


def test_policies_find_the_dns_server_as_they_would_find_its_pods(
    layout: Layout, instance: Instance, system: SystemPrograms
) -> None:
    component = network_policy(layout, instance, system, lambda: None)
    (text,) = (
        argument.partition("=")[2] for argument in component.command if argument.startswith("--stand-in=")
    )
    pod = read_stand_in(text)
    assert (pod.namespace, pod.labels) == ("kube-system", {"k8s-app": "kube-dns"})
    assert pod.addresses == (ip_address(instance.network.dns),)
