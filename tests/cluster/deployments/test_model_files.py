"""Model files that BuildKit downloads or that come from an object store, in real images."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request as answer_of
from tests.cluster.deployments.stack import Stack
from tests.object_store import ObjectStore, object_store

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: digest
        image: python:3.11-slim
        wsgi: digest
        files:
          - {name: web, path: models/of the web$1.bin}
          - {name: stored, path: models/stored.bin}
          - {name: local, path: local.bin}
    """
APPLICATION = """
    import hashlib
    import json
    from pathlib import Path

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        files = [path for path in Path().rglob("*.bin")]
        for path in files:
            assert path.stat().st_uid == 10001 and path.stat().st_mode & 0o777 == 0o644, path
        return [json.dumps({str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}).encode()]
    """


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        running.objects["/web/model.bin"] = b"of the web"
        running.objects["/bucket/model.bin"] = b"of the store"
        yield running


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("builder", "organization"),
    [({}, "trial"), ({"attestations": {"sbom": False}}, "attested")],
    ids=["without attestations", "with attestations"],
)
def test_files_of_every_origin_are_in_the_image(
    new_stack: Callable[[str], Stack],
    store: ObjectStore,
    tmp_path: Path,
    builder: dict[str, Any],
    organization: str,
    request: pytest.FixtureRequest,
) -> None:
    stack = new_stack("files")
    if builder:
        stack.put_on_path(request.getfixturevalue("buildx").parent)
    stack.environment |= {
        "AWS_ENDPOINT_URL": store.url,
        "AWS_SKIP_SIGNATURE": "true",
        "NO_PROXY": "127.0.0.1",
    }
    (tmp_path / "local.bin").write_bytes(b"local")
    project = write_project(tmp_path / "project", MANIFEST, digest__py=APPLICATION)
    files = {
        "web": {"uri": f"{store.url}/web/model.bin", "sha256": sha256(b"of the web")},
        "stored": {"uri": "s3://bucket/model.bin", "sha256": sha256(b"of the store")},
        "local": {"path": str(tmp_path / "local.bin")},
    }
    stack.configure(
        organization=organization,
        cluster={"kind": "embedded"},
        builder=builder,
        deployments=[deployment("files", project, digest={"files": files})],
    )
    stack.preview()
    assert store.requests == [], "a preview with SHA-256 digests needs no file"

    stack.up()
    (summary,) = stack.outputs().values()
    assert json.loads(answer_of(summary["url"]).body) == {
        "models/of the web$1.bin": sha256(b"of the web"),
        "models/stored.bin": sha256(b"of the store"),
        "local.bin": sha256(b"local"),
    }
    assert stack.preview() == []
