from pathlib import Path

import pytest

from endpoints.cluster.kubeconfig import find_kubeconfig, kubeconfig_files
from endpoints.errors import ProjectError

PROD = """
clusters: [{name: c, cluster: {server: "https://prod.example:6443"}}]
contexts: [{name: prod, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: hush}}]
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def server(files: list[Path], context: str) -> str:
    listed = ":".join(map(str, files))
    return find_kubeconfig(None, Path("/root"), {"KUBECONFIG": listed}).server(context)


def test_the_given_file_counts_from_the_root_and_wins_over_kubeconfig(tmp_path: Path) -> None:
    found = kubeconfig_files("access/config.yaml", tmp_path, {"KUBECONFIG": "/elsewhere"})
    assert found == [tmp_path / "access/config.yaml"]


def test_kubeconfig_may_list_several_files() -> None:
    assert kubeconfig_files(None, Path("/root"), {"KUBECONFIG": "/a::/b"}) == [Path("/a"), Path("/b")]


def test_without_both_it_is_kubectls_default() -> None:
    assert kubeconfig_files(None, Path("/root"), {}) == [Path.home() / ".kube/config"]


def test_the_server_of_the_context_is_found(tmp_path: Path) -> None:
    assert server([write(tmp_path / "config", PROD)], "prod") == "https://prod.example:6443"


def test_the_first_file_that_knows_a_name_wins(tmp_path: Path) -> None:
    first = write(tmp_path / "first", PROD.replace("prod.example", "first.example"))
    second = write(tmp_path / "second", PROD)
    assert server([first, second], "prod") == "https://first.example:6443"


def test_context_and_cluster_may_stand_in_different_files(tmp_path: Path) -> None:
    contexts = write(tmp_path / "contexts", "contexts: [{name: prod, context: {cluster: c}}]")
    clusters = write(tmp_path / "clusters", "clusters: [{name: c, cluster: {server: 'https://c.example'}}]")
    assert server([tmp_path / "missing", contexts, clusters], "prod") == "https://c.example"


def test_an_unknown_context_is_told_with_the_known_ones(tmp_path: Path) -> None:
    file = write(tmp_path / "config", PROD)
    with pytest.raises(ProjectError) as raised:
        server([file], "staging")
    assert str(file) in str(raised.value)
    assert "'staging'; known contexts: prod" in str(raised.value)


def test_a_missing_file_is_told_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no such kubeconfig file; set KUBECONFIG"):
        server([tmp_path / "missing"], "prod")


def test_a_context_without_a_cluster_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "contexts: [{name: prod, context: {cluster: gone}}]")
    with pytest.raises(ProjectError, match=r"contexts\.prod\.cluster: 'gone'"):
        server([file], "prod")


def test_a_file_that_is_no_yaml_is_named_and_not_quoted(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "users: [{token: hush\n\t")
    with pytest.raises(ProjectError) as raised:
        server([file], "prod")
    assert str(file) in str(raised.value)
    assert "hush" not in str(raised.value)
