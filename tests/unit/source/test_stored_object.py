import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoints.errors import ProjectError
from endpoints.source import StoreAccess, StoredObject, find_stored_object
from tests.object_store import ObjectStore, object_store

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """Let the clients of all three kinds of store talk to one on loopback."""
    with object_store() as running:
        account = {"gcs_base_url": running.url, "disable_oauth": True}
        account |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        (tmp_path / "account.json").write_text(json.dumps(account))
        for name, value in {
            "AWS_ENDPOINT_URL": running.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "s73577357",
            "GOOGLE_SERVICE_ACCOUNT": str(tmp_path / "account.json"),
            "GOOGLE_ALLOW_HTTP": "true",
            "AZURE_STORAGE_ACCOUNT_NAME": "account",
            "AZURE_STORAGE_ENDPOINT": running.url,
            "AZURE_SKIP_SIGNATURE": "true",
            "AZURE_ALLOW_HTTP": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        running.objects["/bucket/models/model.npz"] = CONTENT
        yield running


def content(found: StoredObject, root: Path) -> bytes:
    """Return what BuildKit would copy from the layout, looked up as BuildKit does."""
    layout = found.layout(root)

    def blob(descriptor: dict[str, Any]) -> Path:
        path = layout / "blobs" / str(descriptor["digest"]).replace(":", "/")
        assert path.stat().st_size == descriptor["size"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        return path

    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = json.loads(blob(entry).read_text())
    (layer,) = manifest["layers"]
    configuration = json.loads(blob(manifest["config"]).read_text())
    assert configuration["rootfs"]["diff_ids"] == [layer["digest"]]
    with tarfile.open(blob(layer)) as archive:
        (member,) = archive.getmembers()
        assert (member.name, member.mode, member.mtime) == ("content", 0o644, 0)
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_file_is_fetched_from_every_kind_of_store(store: ObjectStore, tmp_path: Path, scheme: str) -> None:
    found = find_stored_object(f"{scheme}://bucket/models/model.npz", SHA256, StoreAccess.CONTENT)
    found.fetch(tmp_path)
    assert content(found, tmp_path) == CONTENT
    assert store.requests == ["GET /bucket/models/model.npz"]


def test_with_a_sha256_a_preview_asks_the_store_nothing(store: ObjectStore) -> None:
    find_stored_object("s3://bucket/models/model.npz", SHA256, StoreAccess.METADATA)
    assert store.requests == []


def test_without_network_nothing_is_asked_in_any_case(store: ObjectStore) -> None:
    find_stored_object("s3://bucket/models/model.npz", None, StoreAccess.NOTHING)
    assert store.requests == []


def test_a_file_that_is_there_already_is_not_fetched_again(store: ObjectStore, tmp_path: Path) -> None:
    for uri in ("s3://bucket/models/model.npz", "s3://elsewhere/same.npz"):
        find_stored_object(uri, SHA256, StoreAccess.CONTENT).fetch(tmp_path)
    assert store.requests == ["GET /bucket/models/model.npz"]


def test_without_a_sha256_a_changed_object_is_another_file(store: ObjectStore, tmp_path: Path) -> None:
    uri = "s3://bucket/models/model.npz"
    first, again = (find_stored_object(uri, None, StoreAccess.METADATA) for _ in range(2))
    store.objects["/bucket/models/model.npz"] = b"other weights"
    second = find_stored_object(uri, None, StoreAccess.METADATA)

    assert first.layout(tmp_path) == again.layout(tmp_path) != second.layout(tmp_path)
    second.fetch(tmp_path)
    assert content(second, tmp_path) == b"other weights"


def test_another_sha256_is_an_error_and_leaves_nothing_behind(store: ObjectStore, tmp_path: Path) -> None:
    store.objects["/bucket/models/model.npz"] = b"other weights"
    found = find_stored_object("s3://bucket/models/model.npz", SHA256, StoreAccess.CONTENT)
    with pytest.raises(
        ProjectError, match=(f"found sha256 [0-9a-f]{{64}}, expected {SHA256}; correct the URI")
    ):
        found.fetch(tmp_path)
    assert list((tmp_path / ".endpoints/models").iterdir()) == []


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_missing_object_is_told_in_one_line(store: ObjectStore, scheme: str) -> None:
    uri = f"{scheme}://bucket/models/missing.npz"
    with pytest.raises(ProjectError) as caught:
        find_stored_object(uri, None, StoreAccess.METADATA)
    assert str(caught.value) == f"{uri}: there is no such object; correct the URI, or upload the file"
    assert store.requests == ["HEAD /bucket/models/missing.npz"]


def test_refused_access_is_told_without_credentials(store: ObjectStore) -> None:
    store.refuses = True
    with pytest.raises(ProjectError, match="denies access; set credentials that can read it") as caught:
        find_stored_object("s3://bucket/models/model.npz", None, StoreAccess.METADATA)
    assert "s73577357" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_large_file_does_not_pass_through_memory_as_a_whole(store: ObjectStore, tmp_path: Path) -> None:
    size = 200 * 1024 * 1024
    store.objects["/bucket/models/model.npz"] = bytes(size)
    program = """
import resource, sys
from pathlib import Path
from typing import Any
from endpoints.source import StoreAccess, find_stored_object
import obstore.store
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
find_stored_object("s3://bucket/models/model.npz", None, StoreAccess.CONTENT).fetch(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    grown = int(done.stdout) * 1024
    assert grown < size / 2, f"{grown / 1024**2:.0f} MiB of memory for a file of {size / 1024**2:.0f} MiB"
