"""A file is never seen half written, nor by anybody whom its mode keeps out."""

import os
from pathlib import Path

import pytest

from localcluster.atomic_write import write_atomically


def test_a_file_is_replaced_with_its_mode_whatever_the_mask(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("before")
    before = os.umask(0o077)
    try:
        write_atomically(file, "after", mode=0o644)
        assert (file.read_text(), file.stat().st_mode & 0o777) == ("after", 0o644)
        write_atomically(file, "private", mode=0o600)
        assert (file.read_text(), file.stat().st_mode & 0o777) == ("private", 0o600)
    finally:
        os.umask(before)
    assert list(tmp_path.iterdir()) == [file]


def test_a_writer_that_is_killed_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "instance.json"
    file.write_text("before")

    def be_killed(_descriptor: int, _mode: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fchmod", be_killed)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(file, "after")
    assert file.read_text() == "before"
    write_atomically(file, "after")
    assert file.read_text() == "after"
