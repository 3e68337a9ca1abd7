"""What Docker Buildx is asked to do."""

from pathlib import Path
from typing import Any

import pytest

from endpoints.buildx.build import build_command
from tests.unit.buildx.images import LOGIN, inputs

DIRECTORY = Path("/run/build")


def options(**changes: Any) -> list[str]:
    return build_command(Path("/bin/buildx"), inputs(**changes), DIRECTORY)


def test_an_image_is_pushed_by_its_tag_from_all_its_contexts() -> None:
    assert options() == [
        "/bin/buildx",
        "build",
        "--file=-",
        "--push",
        "--progress=plain",
        "--tag=registry.acme.example/ml/greet:20261101.0",
        "--metadata-file=/run/build/metadata.json",
        "--build-context=serving=.endpoints/serving/bb",
        "--attest=type=sbom",
        "--attest=type=provenance,mode=min",
        ".endpoints/sources/aa",
    ]


@pytest.mark.parametrize(
    ("attestations", "expected"),
    [
        ({"sbom": False, "provenance": "max"}, ["type=provenance,mode=max"]),
        ({"sbom": True, "provenance": "none"}, ["type=sbom", "type=provenance,disabled=true"]),
        (
            {"sbom": True, "generator": "mirror.acme.example/syft:1", "provenance": "min"},
            ["type=sbom,generator=mirror.acme.example/syft:1", "type=provenance,mode=min"],
        ),
    ],
)
def test_only_the_attestations_that_are_asked_for_are_made(
    attestations: dict[str, Any], expected: list[str]
) -> None:
    given = [
        option.removeprefix("--attest=")
        for option in options(attestations=attestations)
        if option.startswith("--attest=")
    ]
    assert given == expected


def test_builder_platforms_and_cache_are_those_of_the_stack() -> None:
    given = options(
        builder="remote", platforms=["linux/amd64", "linux/arm64"], cache="registry.example/cache:c"
    )
    assert "--builder=remote" in given
    assert "--platform=linux/amd64,linux/arm64" in given
    assert "--cache-from=type=registry,ref=registry.example/cache:c" in given
    (cache,) = [option for option in given if option.startswith("--cache-to=")]
    assert {"mode=max", "image-manifest=true", "ignore-error=true"} <= set(cache.split(","))


def test_secrets_are_told_by_file_and_never_by_value() -> None:
    given = options(secrets={"pip": "index-url = https://robot:s73577357@example"}, login=LOGIN)
    assert "--secret=id=pip,src=/run/build/pip" in given
    assert "s73577357" not in " ".join(given)
