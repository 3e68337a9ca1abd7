import errno
import hashlib
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import ModelFile, read_digest, stage_files


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "trained.npz"
    path.write_bytes(b"weights")
    return path


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_files_stand_at_their_paths_with_the_modes_of_every_machine(tmp_path: Path, model: Path) -> None:
    model.chmod(0o600)
    staged = stage_files([ModelFile(model, "models/deep/model.npz", digest(b"weights"))], tmp_path)

    copy = staged / "models/deep/model.npz"
    assert copy.read_bytes() == b"weights"
    assert copy.stat().st_mode & 0o7777 == 0o644
    assert model.stat().st_mode & 0o7777 == 0o600


def test_a_symbolic_link_is_copied_as_the_file_it_leads_to(tmp_path: Path, model: Path) -> None:
    link = tmp_path / "latest.npz"
    link.symlink_to(model)
    staged = stage_files([ModelFile(link, "model.npz", digest(b"weights"))], tmp_path)
    assert not (staged / "model.npz").is_symlink()


def test_writing_over_a_model_does_not_change_what_was_staged(tmp_path: Path, model: Path) -> None:
    staged = stage_files([ModelFile(model, "model.npz", digest(b"weights"))], tmp_path)
    with model.open("r+b") as file:
        file.write(b"changed")
    assert (staged / "model.npz").read_bytes() == b"weights"


def test_the_order_of_files_does_not_matter_and_their_paths_do(tmp_path: Path, model: Path) -> None:
    one, two = (ModelFile(model, path, digest(b"weights")) for path in ("one.npz", "two.npz"))

    assert stage_files([one, two], tmp_path) == stage_files([two, one], tmp_path)
    assert stage_files([one], tmp_path) != stage_files([two], tmp_path)


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path, model: Path) -> None:
    with pytest.raises(ProjectError, match="changed while it was copied"):
        stage_files([ModelFile(model, "model.npz", digest(b"older"))], tmp_path)
    assert list((tmp_path / ".endpoints/files").iterdir()) == []


def test_a_digest_is_that_of_the_files_present_content(model: Path) -> None:
    assert read_digest(model, "trained.npz", None) == digest(b"weights")
    model.write_bytes(b"other weights")
    assert read_digest(model, "trained.npz", digest(b"other weights")) == digest(b"other weights")


def test_another_content_than_expected_is_refused_with_both_digests(model: Path) -> None:
    with pytest.raises(ProjectError) as raised:
        read_digest(model, "trained.npz", "0" * 64)
    assert str(raised.value).startswith(
        f"trained.npz: found sha256 {digest(b'weights')}, expected {'0' * 64}; give the right file"
    )


@pytest.mark.parametrize(("name", "expected"), [("nowhere", "there is no such file"), (".", "is not a file")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(ProjectError, match=f"^shown: {expected}; give the path of a file"):
        read_digest(tmp_path / name, "shown", None)


def test_an_unreadable_file_is_told_so(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("endpoints.source.model_files.file_digest", refuse)
    with pytest.raises(ProjectError, match=r"^shown: cannot be read: Permission denied$"):
        read_digest(model, "shown", None)
