"""The configuration files that components are started with."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster.command_line.progress import Progress
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.plan import GROUPS, Programs, components
from localcluster.processes.components import Component, Place
from localcluster.processes.launch import Launcher
from localcluster.programs.system import SystemPrograms

PUBLIC_PORTS = {"traefik", "registry"}


@pytest.fixture
def all_components(layout: Layout, instance: Instance, system: SystemPrograms) -> dict[str, Component]:
    programs = Programs(
        groups={},
        directories={name: layout.cache / "tools" / name for name in GROUPS},
        system=system,
        router=layout.cache / "traefik",
        cache=layout.cache,
    )
    launcher = Launcher(layout, Progress())
    return {component.name: component for component in components(layout, instance, programs, launcher)}


def configuration(component: Component) -> dict[str, str]:
    return {path.name: text for path, text in component.configuration.items()}


def test_every_configuration_file_can_be_read_in_its_format(all_components: dict[str, Component]) -> None:
    readers: dict[str, Callable[[str], Any]] = {
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".conflist": json.loads,
        ".yaml": yaml.safe_load,
    }
    read = [
        readers[path.suffix](text)
        for component in all_components.values()
        for path, text in component.configuration.items()
        if path.suffix in readers
    ]
    assert len(read) >= 7
    assert all(isinstance(content, dict) for content in read)


def test_nothing_listens_where_other_machines_could_reach_it(
    all_components: dict[str, Component], instance: Instance
) -> None:
    own = (instance.network.host, instance.network.node, instance.network.loopback, "127.0.0.1")
    for component in all_components.values():
        text = " ".join([*component.command, *component.configuration.values()])
        assert "0.0.0.0:" not in text
        for argument in component.command:
            option = argument.partition("=")[0]
            if option in ("--bind-address", "--healthz-bind-address") or re.fullmatch(
                r"--entrypoints\.\w+\.address", option
            ):
                assert argument.partition("=")[2].startswith(own)


def test_only_the_node_may_read_the_registry_that_pods_can_reach(
    all_components: dict[str, Component],
) -> None:
    settings = yaml.safe_load(configuration(all_components["registry-for-node"])["registry-for-node.yaml"])
    assert settings["http"]["addr"] == "10.77.7.1:5000"
    assert settings["storage"]["maintenance"]["readonly"]["enabled"] is True


def test_images_of_docker_io_come_from_the_embedded_registry_in_pods_and_in_builds(
    all_components: dict[str, Component],
) -> None:
    hosts = {
        path.parent.name: tomllib.loads(text)
        for path, text in all_components["containerd"].configuration.items()
        if path.name == "hosts.toml"
    }
    assert set(hosts) == {"docker.io", "localhost:5000"}
    assert hosts["docker.io"]["server"] == "http://10.77.7.1:5000"
    builder = tomllib.loads(configuration(all_components["buildkitd"])["buildkitd.toml"])
    assert builder["registry"]["docker.io"]["mirrors"] == ["localhost:5000"]


def test_what_the_node_runs_stays_in_its_own_control_group(
    all_components: dict[str, Component], layout: Layout
) -> None:
    kubelet = json.loads(configuration(all_components["kubelet"])["kubelet.json"])
    builder = tomllib.loads(configuration(all_components["buildkitd"])["buildkitd.toml"])
    assert kubelet["cgroupRoot"] == f"/localcluster-{layout.identity}"
    assert builder["worker"]["oci"]["defaultCgroupParent"].startswith(kubelet["cgroupRoot"] + "/")


def test_the_kubelet_measures_containers_where_containerd_is(
    all_components: dict[str, Component],
) -> None:
    (measured,) = (part for part in all_components["kubelet"].command if part.startswith("--containerd="))
    containerd = tomllib.loads(configuration(all_components["containerd"])["containerd.toml"])
    assert measured == f"--containerd={containerd['grpc']['address']}"


def test_whatever_mounts_or_forks_containers_has_its_own_namespaces(
    all_components: dict[str, Component],
) -> None:
    places = {name: component.place for name, component in all_components.items()}
    assert places["buildkitd"] is Place.OWN_MOUNTS
    assert all(
        places[name] is Place.NODE for name in ("containerd", "kubelet", "kube-proxy", "network-policy")
    )


def test_a_changed_setting_changes_the_fingerprint(
    all_components: dict[str, Component], layout: Layout, system: SystemPrograms
) -> None:
    programs = Programs(
        {}, dict.fromkeys(GROUPS, layout.cache), system, layout.cache / "traefik", layout.cache
    )
    moved = components(layout, Instance(8, 8080, 5000), programs, Launcher(layout, Progress()))
    for component in moved:
        if component.name not in ("node", "registry", "buildkitd"):
            assert component.fingerprint != all_components[component.name].fingerprint


def test_the_sockets_path_is_short_enough_wherever_the_clone_lies(tmp_path: Path) -> None:
    deep = Layout(clone=tmp_path, state=tmp_path / ("deep/" * 30), cache=tmp_path)
    assert len(str(deep.runtime / "buildkitd-traces.sock")) <= 107
