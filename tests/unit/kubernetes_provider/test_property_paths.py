import pytest

from localcluster.kubernetes_provider.property_paths import covers, format_path, parse_path
from localcluster.kubernetes_provider.quantities import Path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.replicas", ("spec", "replicas")),
        ("spec.containers[0].image", ("spec", "containers", 0, "image")),
        ('metadata.labels["app.kubernetes.io/name"]', ("metadata", "labels", "app.kubernetes.io/name")),
        ('data["say \\"hi\\""]', ("data", 'say "hi"')),
    ],
)
def test_a_path_is_written_as_it_is_read(text: str, path: Path) -> None:
    assert parse_path(text) == path
    assert format_path(path) == text


def test_text_that_is_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="no property path"):
        parse_path("spec.containers[zero]")


def test_a_pattern_covers_its_place_and_what_lies_below() -> None:
    pattern = parse_path("spec.containers[*].image")
    assert covers(pattern, ("spec", "containers", 3, "image"))
    assert covers(pattern, ("spec", "containers", 3, "image", "x"))
    assert not covers(pattern, ("spec", "containers", 3))
    assert not covers(pattern, ("spec", "containers", 3, "name"))
