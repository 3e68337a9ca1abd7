from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster.kubernetes_provider.cluster_identity import compare_settings
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.kubeconfig import active_cluster, load_kubeconfig, with_choice
from localcluster.kubernetes_provider.values import UNKNOWN


def kubeconfig(server: str = "https://a:6443", token: str = "t", **cluster: str) -> dict[str, Any]:
    return {
        "current-context": "one",
        "clusters": [
            {"name": "a", "cluster": {"server": server, **cluster}},
            {"name": "b", "cluster": {"server": "https://b:6443"}},
        ],
        "contexts": [
            {"name": "one", "context": {"cluster": "a", "user": "u", "namespace": "team"}},
            {"name": "two", "context": {"cluster": "b", "user": "u"}},
        ],
        "users": [{"name": "u", "user": {"token": token}}],
    }


def text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document)


def test_content_and_path_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text(kubeconfig()))
    by_path = load_kubeconfig(str(tmp_path / "config"))
    assert by_path is not None
    assert by_path["clusters"] == kubeconfig()["clusters"]
    assert load_kubeconfig(text(kubeconfig())) == kubeconfig()


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text(kubeconfig(**{"certificate-authority": "ca.crt"})))
    document = load_kubeconfig(str(tmp_path / "config"))
    assert document is not None
    assert active_cluster(document).entry["certificate-authority"] == str(tmp_path / "ca.crt")


def test_of_several_files_the_first_that_names_something_wins(tmp_path: Path) -> None:
    (tmp_path / "first").write_text(text({**kubeconfig("https://first:1"), "current-context": None}))
    (tmp_path / "second").write_text(text({**kubeconfig("https://second:2"), "current-context": "two"}))
    document = load_kubeconfig("", {"KUBECONFIG": f"{tmp_path / 'first'}:{tmp_path / 'second'}"})
    assert document is not None
    assert document["current-context"] == "two"
    assert active_cluster(document, "one").server == "https://first:1"


def test_a_missing_context_is_named_with_those_that_exist() -> None:
    with pytest.raises(UserError, match="no context 'three'; it has: one, two"):
        active_cluster(kubeconfig(), "three")


def test_a_kubeconfig_that_is_neither_path_nor_yaml_is_told_without_its_content() -> None:
    with pytest.raises(UserError) as failure:
        load_kubeconfig("token: [my-secret-token")
    assert "my-secret-token" not in str(failure.value)


def test_a_missing_file_in_the_environment_is_named() -> None:
    with pytest.raises(UserError, match="KUBECONFIG names '/nowhere/config'"):
        load_kubeconfig("", {"KUBECONFIG": "/nowhere/config"})


def test_the_cluster_setting_takes_the_place_of_the_contexts_cluster() -> None:
    assert active_cluster(kubeconfig(), "one", "b").server == "https://b:6443"
    chosen = with_choice(kubeconfig(), "", "b")
    assert active_cluster(chosen).server == "https://b:6443"


def test_renewed_credentials_change_the_provider_but_do_not_replace_it() -> None:
    difference = compare_settings(
        {"kubeconfig": text(kubeconfig(token="old"))}, {"kubeconfig": text(kubeconfig(token="new"))}
    )
    assert difference.changed == ["kubeconfig"]
    assert difference.replacing == []


def test_another_server_or_context_replaces() -> None:
    old = {"kubeconfig": text(kubeconfig())}
    assert compare_settings(old, {"kubeconfig": text(kubeconfig("https://c:1"))}).replacing == ["kubeconfig"]
    assert compare_settings(old, {**old, "context": "two"}).replacing == ["context"]


def test_the_same_cluster_by_another_path_does_not_replace(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(text(kubeconfig()))
    old, new = {"kubeconfig": str(tmp_path / "a")}, {"kubeconfig": str(tmp_path / "b")}
    assert compare_settings(old, new).replacing == []


def test_with_an_identifier_only_its_change_replaces() -> None:
    old = {"kubeconfig": text(kubeconfig()), "clusterIdentifier": "prod"}
    moved = {"kubeconfig": text(kubeconfig("https://c:1")), "clusterIdentifier": "prod"}
    assert compare_settings(old, moved).replacing == []
    assert compare_settings(old, {**moved, "clusterIdentifier": "test"}).replacing == ["clusterIdentifier"]


def test_a_kubeconfig_that_is_not_known_yet_replaces() -> None:
    assert compare_settings({"kubeconfig": "x"}, {"kubeconfig": UNKNOWN}).replacing == ["kubeconfig"]


def test_unchanged_settings_are_no_change() -> None:
    assert compare_settings({"context": "a"}, {"context": "a"}).changed == []
