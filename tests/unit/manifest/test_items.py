"""Items that are meant as endpoints are not dropped in silence, and no mistake hides another."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.manifest import load_manifest
from tests.unit.manifest.conftest import BASE, Load, mistakes


def test_the_mistakes_of_all_endpoints_are_told_in_the_order_of_their_lines(load: Load) -> None:
    message = mistakes(
        load,
        "- endpoint: {name: one, image: X, wsgi: app}\n"
        "- endpoint: {name: two, image: x, wsgi: app, port: 1}\n"
        "- endpoint: {name: two_, image: x, wsgi: app}\n",
    )
    assert [line.split(":")[1] for line in message.splitlines()] == ["1", "2", "3"]


def test_a_second_endpoint_of_a_name_is_refused(load: Load) -> None:
    item = "- endpoint:\n    name: ab\n    image: x\n    wsgi: app\n"
    message = mistakes(load, item + item)
    assert message == (
        "valohai.yaml:6: ab.name: found a second endpoint of this name, first in line 1; rename one of them"
    )


def test_a_step_in_an_endpoints_item_is_not_dropped(load: Load) -> None:
    message = mistakes(load, f"{BASE}    wsgi: app\n  step:\n    name: train\n")
    assert message.startswith("valohai.yaml:5: step: found step next to endpoint in one item")


def test_a_second_endpoint_in_an_item_is_not_dropped(load: Load) -> None:
    message = mistakes(load, f"{BASE}    wsgi: app\n  endpoint: {{name: cd, image: x, wsgi: app}}\n")
    assert "valohai.yaml:5: endpoint: found endpoint next to endpoint in one item" in message


def test_keys_that_are_not_indented_below_endpoint_are_to_be_indented(load: Load) -> None:
    message = mistakes(load, "- endpoint:\n  name: ab\n  image: x\n  wsgi: app\n")
    assert "valohai.yaml:1: endpoint: found nothing (null); allowed: a mapping" in message
    assert "valohai.yaml:2: name: found name next to endpoint" in message
    assert "indent the keys of the endpoint" in message


@pytest.mark.parametrize("key", ["endpoints", "Endpoint", "end-point", "endpiont"])
def test_an_item_that_is_almost_called_endpoint_is_not_dropped(load: Load, key: str) -> None:
    message = mistakes(load, f"- step: {{name: a}}\n- {key}:\n    name: ab\n")
    assert message.startswith(f"valohai.yaml:2: {key}: unknown item; did you mean endpoint?")


def test_a_lone_word_endpoint_is_not_dropped(load: Load) -> None:
    assert mistakes(load, "- endpoint").startswith("valohai.yaml:1: endpoint: found a word without a value")


def test_a_mapping_at_the_top_of_the_file_is_to_become_a_list(load: Load) -> None:
    message = mistakes(load, "\nendpoint:\n  name: ab\n")
    assert message.startswith("valohai.yaml:2: found no list at the top of the file")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n"])
def test_an_empty_file_is_told_so(load: Load, text: str) -> None:
    assert mistakes(load, text).startswith("valohai.yaml: is empty")


def test_an_endpoint_that_contains_itself_is_refused(load: Load) -> None:
    for line in ("files: [*a]", "<<: *a"):
        message = mistakes(load, f"- endpoint: &a\n    image: ab\n    {line}\n")
        assert "an alias (*) to a value that contains it" in message


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"^digits/valohai\.yaml: there is no such file$"):
        load_manifest(tmp_path / "valohai.yaml", "digits/valohai.yaml")


def test_a_directory_in_the_files_place_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"valohai\.yaml: cannot be read: Is a directory"):
        load_manifest(tmp_path, "valohai.yaml")
