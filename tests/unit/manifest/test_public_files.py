"""Every valohai.yaml of the collection: the official parser's examples, and files of public projects."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.errors import ProjectError
from endpoints.manifest import Bounds, Endpoint, ServerCommand, Wsgi, load_manifest

REJECTED = {
    "real/RedwanAlkurdi__Valohai_Test.yaml": [(280, "Horses_Vs_Humans.name", "lower-case letters")],
    "valohai-yaml/invalid/endpoint-names-invalid.yaml": [
        (2, "Server-endpoint.name", "lower-case letters"),
        (8, "3-server-endpoint.name", "lower-case letters"),
        (14, "server@endpoint.name", "lower-case letters"),
        (20, "wsgi_endpoint.name", "lower-case letters"),
    ],
    "valohai-yaml/invalid/endpoint-shared-volumes-invalid-paths.yaml": [
        (7, "bad-shared-volume-endpoint.shared-volumes[0].mount-path", "an absolute path"),
        (11, "bad-shared-volume-endpoint.shared-volumes[1].sub-path", "a path relative to"),
        (14, "bad-shared-volume-endpoint.shared-volumes[2].mount-path", "is mounted already"),
    ],
    "valohai-yaml/invalid/endpoint-workspace-volume-invalid-paths.yaml": [
        (7, "relative-workspace-volume-endpoint.shared-volumes[0].mount-path", "an absolute path"),
        (10, "relative-workspace-volume-endpoint.workspace-volume.mount-path", "an absolute path"),
        (21, "clashing-workspace-volume-endpoint.workspace-volume.mount-path", "is mounted already"),
    ],
    "valohai-yaml/invalid/invalid-YAML-indentation.yaml": [(3, "", "not valid YAML, column 10")],
    # The official linter warns of these two; serving the last of two endpoints in silence is no answer here.
    "valohai-yaml/valid/inline-consts-valid_bytes.yaml": [(12, "xyz.name", "a second endpoint of this name")],
    "valohai-yaml/valid/inline-consts-valid_obj.yaml": [(12, "xyz.name", "a second endpoint of this name")],
}
"""Files with mistakes in their endpoints or in their YAML: line, key and part of the text of each."""

BROKEN_ELSEWHERE = {
    "valohai-yaml/invalid/inline-consts-invalid_obj.yaml",
    "valohai-yaml/invalid/invalid-indentation-with-valid-YAML.yaml",
}
"""Files whose steps are wrong and that have no endpoint."""


def names(corpus: Path) -> list[str]:
    return sorted(path.relative_to(corpus).as_posix() for path in corpus.rglob("*.yaml"))


def written_endpoints(path: Path) -> list[dict[str, Any]]:
    items = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [item["endpoint"] for item in items if "endpoint" in item]


def as_written(endpoint: Endpoint, written: dict[str, Any]) -> dict[str, Any]:
    """Return what a loaded endpoint says under the keys that the file gives, in the file's form."""
    server = endpoint.server
    if isinstance(server, Wsgi):
        said: dict[str, Any] = {"wsgi": ":".join(filter(None, (server.module, server.callable)))}
    else:
        commands = list(server.commands)
        said = {"server-command": commands if isinstance(written["server-command"], list) else commands[0]}
    said |= {"name": endpoint.name, "image": endpoint.image, "port": endpoint.port}
    said |= {"description": endpoint.description}
    said["files"] = [
        {key: value for key, value in vars(file).items() if key != "line" and value is not None}
        for file in endpoint.files
    ]
    return {key: said[key] for key in written if key in said}


def test_every_valid_file_loads_with_the_values_that_it_holds(corpus: Path) -> None:
    loaded = 0
    for name in names(corpus):
        if name in REJECTED:
            continue
        manifest = load_manifest(corpus / name, name)
        written = written_endpoints(corpus / name) if name not in BROKEN_ELSEWHERE else []
        assert len(manifest.endpoints) == len(written), name
        for endpoint, entry in zip(manifest.endpoints, written, strict=True):
            comparable = {
                key: value
                for key, value in entry.items()
                if key in ("name", "image", "port", "description", "files", "wsgi", "server-command")
            }
            assert as_written(endpoint, entry) == comparable, f"{name}: {endpoint.name}"
            loaded += 1
    assert loaded >= 30


@pytest.mark.parametrize("name", sorted(REJECTED))
def test_every_invalid_file_is_refused_with_line_and_key(corpus: Path, name: str) -> None:
    with pytest.raises(ProjectError) as raised:
        load_manifest(corpus / name, name)

    messages = str(raised.value).splitlines()
    for message, (line, key, text) in zip(messages, REJECTED[name], strict=True):
        assert message.startswith(f"{name}:{line}: {key}")
        assert text in message


@pytest.mark.parametrize("name", sorted(BROKEN_ELSEWHERE))
def test_broken_steps_do_not_make_a_file_fail(corpus: Path, name: str) -> None:
    assert load_manifest(corpus / name, name).endpoints == ()


def test_every_file_that_the_official_suite_calls_invalid_is_looked_at_here(corpus: Path) -> None:
    invalid = {name for name in names(corpus) if "/invalid/" in name}
    assert invalid == {name for name in [*REJECTED, *BROKEN_ELSEWHERE] if "/invalid/" in name}


def test_the_official_example_loads_with_its_resources_and_volumes(corpus: Path) -> None:
    manifest = load_manifest(corpus / "valohai-yaml/valid/endpoint-example.yaml")
    endpoints = {endpoint.name: endpoint for endpoint in manifest.endpoints}

    limited = endpoints["limited-endpoint"]
    assert limited.server == ServerCommand(("python run_server.py",))
    assert [str(bound) for bound in vars(limited.resources.cpu).values()] == ["0.1", "1"]
    assert [str(bound) for bound in vars(limited.resources.memory).values()] == ["50", "100"]
    accelerated = endpoints["accelerated-endpoint"]
    assert accelerated.node_selector == {"accelerator": "tesla-v100"}
    assert accelerated.resources.devices == {"nvidia.com/gpu": 1}
    (toleration,) = endpoints["tolerant-endpoint"].tolerations
    assert tuple(vars(toleration).values()) == ("key1", "Equal", "value1", "NoSchedule")
    ephemeral = endpoints["ephemeral-storage-endpoint"].resources
    assert ephemeral.cpu == Bounds()
    assert [str(bound) for bound in vars(ephemeral.ephemeral_storage).values()] == ["2048", "4096"]
    workspace = endpoints["workspace-volume-endpoint"].workspace_volume
    assert workspace is not None
    assert tuple(vars(workspace).values()) == ("/my/cache", 10, "fast-ssd")
    volumes = endpoints["shared-volume-endpoint"].shared_volumes
    assert [tuple(vars(volume).values()) for volume in volumes] == [
        ("app-cache-august", "/var/cache/app", None, False),
        ("my-shared-models", "/models", "predict-models", True),
    ]
