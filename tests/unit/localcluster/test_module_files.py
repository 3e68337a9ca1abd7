"""A group of tools may copy files out of a module, checked against go.sum, and build nothing."""

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from localcluster.command_line.progress import Progress
from localcluster.errors import ClusterError
from localcluster.programs.go import Group, ensure_programs, load_group

MODULE = "definitions.example/widgets"

pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Let Go fetch one module from a directory, into a cache of the test's own."""
    versions = tmp_path / "proxy" / MODULE / "@v"
    versions.mkdir(parents=True)
    (versions / "v1.0.0.info").write_text('{"Version": "v1.0.0"}')
    (versions / "v1.0.0.mod").write_text(f"module {MODULE}\n")
    with zipfile.ZipFile(versions / "v1.0.0.zip", "w") as archive:
        archive.writestr(f"{MODULE}@v1.0.0/go.mod", f"module {MODULE}\n")
        archive.writestr(f"{MODULE}@v1.0.0/config/widgets.yaml", "kind: Widget\n")
    return {
        **os.environ,
        "GOPROXY": f"file://{tmp_path}/proxy",
        "GOSUMDB": "off",
        "GOMODCACHE": str(tmp_path / "modules"),
        # So that pytest can remove it.
        "GOFLAGS": "-modcacherw",
    }


@pytest.fixture
def group(tmp_path: Path) -> Group:
    directory = tmp_path / "tools/widgets"
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text(f"module tools/widgets\n\ngo 1.24\n\nrequire {MODULE} v1.0.0\n")
    (directory / "go.sum").write_text("")
    (directory / "build.toml").write_text(
        f'[programs]\n[files]\n"w.yaml" = {{ module = "{MODULE}", path = "config/widgets.yaml" }}\n'
    )
    return load_group(directory)


def test_a_group_without_programs_holds_its_files(
    group: Group, environment: Mapping[str, str], tmp_path: Path
) -> None:
    files = ensure_programs(group, tmp_path / "cache", environment, Progress())
    assert [(file.name, file.read_text()) for file in files.iterdir()] == [("w.yaml", "kind: Widget\n")]


def test_a_directory_of_a_module_is_copied_whole_and_can_be_removed(
    group: Group, environment: Mapping[str, str], tmp_path: Path
) -> None:
    (group.directory / "build.toml").write_text(
        f'[programs]\n[files]\nmanifests = {{ module = "{MODULE}", path = "config" }}\n'
    )
    files = ensure_programs(
        load_group(group.directory), tmp_path / "cache", {**environment, "GOFLAGS": ""}, Progress()
    )
    assert (files / "manifests/widgets.yaml").read_text() == "kind: Widget\n"
    assert (files / "manifests").stat().st_mode & 0o777 == 0o755
    for directory in (tmp_path / "modules", *(tmp_path / "modules").rglob("*/")):
        directory.chmod(0o755)


def test_a_module_that_is_not_the_pinned_one_is_refused(
    group: Group, environment: Mapping[str, str], tmp_path: Path
) -> None:
    digest = "A" * 43
    (group.directory / "go.sum").write_text(f"{MODULE} v1.0.0 h1:{digest}=\n")
    with pytest.raises(ClusterError, match="checksum mismatch"):
        ensure_programs(group, tmp_path / "cache", environment, Progress())
    assert list((tmp_path / "cache/tools").glob("widgets-*")) == []
