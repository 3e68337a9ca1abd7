"""Setting up the engine: which programs and plugins are put where."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localcluster.engine import plugins as engine_plugins
from localcluster.engine.environment import EngineSettings
from localcluster.engine.programs import EngineSetupError, ensure_programs
from localcluster.engine.setup import prepare as prepare_engine

BUILT = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
    "pulumi-resource-docker-build",
    "pulumi-resource-kubernetes",
)
MODULE = "v4.0.0-20260115"


def prepare(home: Path, tools: list[Path], python: Path, report: Callable[[str], None]) -> EngineSettings:
    return prepare_engine(home, tools, python, report, MODULE, search_path="")


def plugin_of(home: Path, name: str) -> Path:
    """The program of a plugin, which is named with its version: `kubernetes-v4.34.2`."""
    return home / "plugins" / f"resource-{name}" / f"pulumi-resource-{name.rsplit('-v', 1)[0]}"


def program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def tools(tmp_path: Path) -> list[Path]:
    """Two directories of built programs: the language host lies apart from the rest, as tools/ builds it."""
    for name in BUILT:
        place = "host" if name == "pulumi-language-python" else "engine"
        program(tmp_path / place / name, f"echo built {name}")
    return [tmp_path / "engine", tmp_path / "host"]


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of a virtual environment that has both SDKs."""
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    for name in ("pulumi_kubernetes-4.34.2", "pulumi_docker_build-0.0.22"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
    return program(tmp_path / "venv" / "bin" / "python")


@pytest.fixture
def closed_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A network without the plugins' server; the list notes each try."""
    tries: list[str] = []

    def unreachable() -> bool:
        tries.append("asked")
        return False

    monkeypatch.setattr(engine_plugins, "_is_reachable", unreachable)
    return tries


def test_built_programs_are_brought_together_so_that_each_finds_the_others(
    tmp_path: Path, tools: list[Path]
) -> None:
    programs = ensure_programs(tmp_path / "bin", tools, search_path="")
    assert not programs.is_official
    assert {path.name for path in (tmp_path / "bin").iterdir()} == set(BUILT[:4])
    assert not any(path.is_symlink() for path in (tmp_path / "bin").iterdir())


def test_a_newer_build_takes_the_place_of_an_older_one(tmp_path: Path, tools: list[Path]) -> None:
    ensure_programs(tmp_path / "bin", tools, search_path="")
    (tools[0] / "pulumi").unlink()
    program(tools[0] / "pulumi", "echo newer")
    ensure_programs(tmp_path / "bin", tools, search_path="")
    assert "newer" in (tmp_path / "bin" / "pulumi").read_text()


@pytest.mark.parametrize(
    ("version", "is_used"), [("v3.245.0", True), ("v3.300.1", True), ("v3.244.9", False), ("?", False)]
)
def test_an_official_cli_on_the_path_is_preferred_if_it_is_new_enough(
    tmp_path: Path, tools: list[Path], version: str, is_used: bool
) -> None:
    program(tmp_path / "official" / "pulumi", f"echo {version}")
    program(tmp_path / "official" / "pulumi-language-python")
    programs = ensure_programs(tmp_path / "bin", tools, search_path=str(tmp_path / "official"))
    assert programs.is_official is is_used
    if is_used:
        assert (tmp_path / "bin" / "pulumi").resolve() == tmp_path / "official" / "pulumi"
        assert not (tmp_path / "bin" / "pulumi-language-python").exists()


def test_the_built_cli_on_the_path_is_not_taken_for_an_official_one(
    tmp_path: Path, tools: list[Path]
) -> None:
    search_path = os.pathsep.join(map(str, [tmp_path / "bin", *tools]))
    ensure_programs(tmp_path / "bin", tools, search_path)
    assert not ensure_programs(tmp_path / "bin", tools, search_path).is_official


def test_a_missing_program_is_named_with_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(
        EngineSetupError, match=r"pulumi is not on PATH.*and not built.*python -m localcluster tools"
    ):
        ensure_programs(tmp_path / "bin", [tmp_path], search_path="")


def test_in_a_closed_network_the_built_plugins_take_the_place_of_those_of_the_sdks_versions(
    tmp_path: Path, tools: list[Path], python: Path, closed_network: list[str]
) -> None:
    said: list[str] = []
    environment = prepare(tmp_path / "home", tools, python, said.append)
    for name in ("kubernetes-v4.34.2", "docker-build-v0.0.22"):
        plugin = plugin_of(tmp_path / "home", name)
        assert plugin.read_text().endswith(f"echo built {plugin.name}\n")
        assert os.access(plugin, os.X_OK)
    (sentence,) = said
    assert sentence.startswith(
        f"Kubernetes plugin: built from its Go module, {MODULE}, because 4.34.2 cannot"
    )
    assert environment.variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert closed_network == ["asked"]


def test_a_newer_build_of_a_plugin_takes_the_place_of_an_older_one(
    tmp_path: Path, tools: list[Path], python: Path, closed_network: list[str]
) -> None:
    prepare(tmp_path / "home", tools, python, lambda _: None)
    assert closed_network
    (tools[0] / "pulumi-resource-kubernetes").unlink()
    program(tools[0] / "pulumi-resource-kubernetes", "echo newer")
    prepare(tmp_path / "home", tools, python, lambda _: None)
    plugin = plugin_of(tmp_path / "home", "kubernetes-v4.34.2")
    assert "newer" in plugin.read_text()


def test_a_refusal_is_remembered_for_a_day(
    tmp_path: Path, tools: list[Path], python: Path, closed_network: list[str]
) -> None:
    for _ in range(2):
        prepare(tmp_path / "home", tools, python, lambda _: None)
    assert closed_network == ["asked"]
    [memory] = (tmp_path / "home").glob("*-refused")
    yesterday = time.time() - 25 * 3600
    os.utime(memory, (yesterday, yesterday))
    prepare(tmp_path / "home", tools, python, lambda _: None)
    assert closed_network == ["asked", "asked"]


def downloading(directory: str) -> str:
    """A CLI whose `plugin install` puts the plugin where the real one does."""
    return (
        f'place="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$place"; {directory}'
        'printf "official" > "$place/pulumi-resource-$4"'
    )


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    monkeypatch.setattr(engine_plugins, "_is_reachable", lambda: True)
    return lambda: True


@pytest.mark.usefixtures("reachable")
def test_where_they_can_be_downloaded_official_plugins_are_used(
    tmp_path: Path, tools: list[Path], python: Path
) -> None:
    program(tools[0] / "pulumi", downloading(""))
    said: list[str] = []
    prepare(tmp_path / "home", tools, python, said.append)
    for name in ("kubernetes-v4.34.2", "docker-build-v0.0.22"):
        plugin = plugin_of(tmp_path / "home", name)
        assert plugin.read_text() == "official"
    assert said == ["Kubernetes plugin: 4.34.2, downloaded"]


@pytest.mark.usefixtures("reachable")
def test_a_download_that_fails_leaves_nothing_behind_and_the_built_plugin_is_used(
    tmp_path: Path, tools: list[Path], python: Path
) -> None:
    program(tools[0] / "pulumi", downloading('echo "Error downloading plugin: no" >&2; sleep 60; '))
    said: list[str] = []
    prepare(tmp_path / "home", tools, python, said.append)
    assert "built from its Go module" in said[0]
    assert list((tmp_path / "home").glob(".download-*")) == []


def test_the_built_plugin_gives_way_when_the_sdks_own_can_be_downloaded(
    tmp_path: Path,
    tools: list[Path],
    python: Path,
    closed_network: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare(tmp_path / "home", tools, python, lambda _: None)
    assert closed_network
    [memory] = (tmp_path / "home").glob("*-refused")
    memory.unlink()
    monkeypatch.setattr(engine_plugins, "_is_reachable", lambda: True)
    (tools[0] / "pulumi").unlink()
    program(tools[0] / "pulumi", downloading(""))
    said: list[str] = []
    prepare(tmp_path / "home", tools, python, said.append)
    assert said == ["Kubernetes plugin: 4.34.2, downloaded"]


def test_a_missing_sdk_is_named(tmp_path: Path, tools: list[Path]) -> None:
    with pytest.raises(EngineSetupError, match="pulumi_kubernetes is not installed"):
        prepare(
            tmp_path / "home",
            tools,
            program(tmp_path / "empty" / "bin" / "python"),
            lambda _: None,
        )
