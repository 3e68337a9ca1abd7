import os
import shutil
import subprocess
from pathlib import Path

import pytest

from localcluster import plan
from localcluster.command_line.progress import Progress
from localcluster.errors import ClusterError
from localcluster.programs.go import (
    Group,
    cache_key,
    default_name,
    ensure_programs,
    load_group,
    module_versions,
    program_directory,
)

TOOLS = Path(__file__).parents[3] / "tools"
GROUPS = sorted(path.parent.name for path in TOOLS.glob("*/build.toml"))
GO = "go version go1.26.8 linux/amd64"
needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")


@pytest.fixture
def group(tmp_path: Path) -> Group:
    """A program that prints the value of one variable, which the linker sets from the version in go.mod."""
    directory = tmp_path / "tools/hello"
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text("module tools/hello\n\ngo 1.24\n")
    (directory / "go.sum").write_text("")
    (directory / "main.go").write_text(
        'package main\n\nvar greeting = "none"\n\nfunc main() { println(greeting) }\n'
    )
    (directory / "build.toml").write_text(
        '[programs]\ngreet = "tools/hello"\n\n[definitions]\n"main.greeting" = "hello"\n'
    )
    return load_group(directory)


@pytest.mark.parametrize("name", GROUPS)
def test_every_group_pins_what_it_builds(name: str) -> None:
    group = load_group(TOOLS / name)
    go_mod = (group.directory / "go.mod").read_text()
    assert (group.directory / "go.sum").exists()
    for package in group.programs.values():
        pinned = [module for module in module_versions(go_mod) if f"{package}/".startswith(f"{module}/")]
        assert pinned or f"{package}/".startswith(f"tools/{name}/")
    for source in group.files.values():
        assert source["module"] in module_versions(go_mod)


@pytest.mark.parametrize("name", GROUPS)
def test_no_definition_is_left_with_a_placeholder(name: str) -> None:
    assert "{" not in " ".join(load_group(TOOLS / name).arguments)


def test_kubernetes_is_stamped_with_the_version_that_is_pinned() -> None:
    group = load_group(TOOLS / "kubernetes")
    version = module_versions((group.directory / "go.mod").read_text())["k8s.io/kubernetes"]
    stamps = group.arguments[-1]
    assert f"k8s.io/component-base/version.gitVersion={version}" in stamps
    major, minor = group.definitions["k8s.io/component-base/version.gitMajor"], version.split(".")[1]
    assert major == "1"
    assert group.definitions["k8s.io/component-base/version.gitMinor"] == minor


def test_groups_share_the_versions_and_tags_of_their_libraries_so_that_each_is_compiled_once() -> None:
    # The language host is of an older SDK, and CoreDNS needs a newer go-cidr.
    own = {"github.com/pulumi/pulumi/sdk/v3", "github.com/apparentlymart/go-cidr"}
    versions: dict[str, set[str]] = {}
    for name in plan.GROUPS:
        for module, version in module_versions((TOOLS / name / "go.mod").read_text()).items():
            versions.setdefault(module, set()).add(version)
    kubernetes = {module for module in versions if module.startswith("k8s.io/")}
    assert len(kubernetes) > 20
    assert {module for module, found in versions.items() if len(found) > 1} <= own
    assert len({load_group(TOOLS / name).tags for name in plan.GROUPS if name != "pause"}) == 1


@pytest.mark.parametrize("name", ["cert-manager", "prometheus"])
def test_companions_share_every_library_with_keda(name: str) -> None:
    shared = module_versions((TOOLS / "keda/go.mod").read_text())
    versions = module_versions((TOOLS / name / "go.mod").read_text())
    # Prometheus itself, and what it needs an older release of.
    own = {"github.com/prometheus/prometheus", "github.com/gobwas/glob"}
    assert {module for module in versions.keys() & shared.keys() if versions[module] != shared[module]} <= own
    assert versions["k8s.io/client-go"] == shared["k8s.io/client-go"]


def test_prometheus_is_stamped_with_the_release_of_its_module() -> None:
    group = load_group(TOOLS / "prometheus")
    version = module_versions((group.directory / "go.mod").read_text())["github.com/prometheus/prometheus"]
    major, minor, patch = group.definitions["github.com/prometheus/common/version.Version"].split(".")
    assert version == f"v0.{major}{minor:0>2}.{patch}"


def test_versions_are_read_from_single_lines_and_from_blocks() -> None:
    text = "module x\n\nrequire a.example/b v1.2.3\n\nrequire (\n\tc.example/d/v3 v3.0.1 // indirect\n)\n"
    assert module_versions(text) == {"a.example/b": "v1.2.3", "c.example/d/v3": "v3.0.1"}


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("go.etcd.io/etcd/server/v3", "server"),
        ("k8s.io/kubernetes/cmd/kubelet", "kubelet"),
        ("tools/pause", "pause"),
    ],
)
def test_a_program_is_named_as_go_names_it(package: str, name: str) -> None:
    assert default_name(package) == name


def test_the_same_inputs_give_the_same_key_wherever_the_clone_lies(group: Group, tmp_path: Path) -> None:
    copy = tmp_path / "another clone/hello"
    shutil.copytree(group.directory, copy)
    assert cache_key(load_group(copy), GO) == cache_key(group, GO)


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go"])
def test_a_change_of_any_file_gives_another_key(group: Group, file: str) -> None:
    before = cache_key(group, GO)
    with (group.directory / file).open("a") as opened:
        opened.write("\n// changed\n")
    assert cache_key(load_group(group.directory), GO) != before


def test_another_compiler_or_platform_gives_another_key(group: Group) -> None:
    keys = {
        cache_key(group, version)
        for version in (GO, GO.replace("1.26.8", "1.26.9"), GO.replace("amd64", "arm64"))
    }
    assert len(keys) == 3


@needs_go
def test_a_group_is_built_once_and_holds_the_defined_value(group: Group, tmp_path: Path) -> None:
    programs = ensure_programs(group, tmp_path / "cache", os.environ, Progress())
    assert programs == program_directory(group, tmp_path / "cache")
    said = subprocess.run([programs / "greet"], capture_output=True, text=True, check=True)
    assert said.stderr == "hello\n"
    built = (programs / "greet").stat().st_mtime_ns
    ensure_programs(group, tmp_path / "cache", os.environ, Progress())
    assert (programs / "greet").stat().st_mtime_ns == built


@needs_go
def test_a_failed_build_shows_the_compilers_words_and_leaves_nothing(group: Group, tmp_path: Path) -> None:
    (group.directory / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(ClusterError, match="undefined: missing"):
        ensure_programs(group, tmp_path / "cache", os.environ, Progress())
    assert not program_directory(group, tmp_path / "cache").exists()
