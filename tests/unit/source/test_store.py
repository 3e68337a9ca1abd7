import os
import time
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import prune
from endpoints.source.store import UNUSED_SECONDS, Store, tree_digest


def add(store: Store, content: str) -> Path:
    def fill(target: Path) -> None:
        (target / "file").write_text(content)

    return store.add(fill)


def make_old(path: Path) -> None:
    then = time.time() - UNUSED_SECONDS - 60
    os.utime(path, (then, then))


def test_a_directory_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path, "sources")

    def fail(target: Path) -> None:
        (target / "half").write_text("written")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        store.add(fail)
    assert list(store.directory.iterdir()) == []


def test_where_another_process_was_faster_its_directory_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path, "sources")

    def fill(target: Path) -> None:
        (target / "file").write_text("ours")
        (store.directory / "name").mkdir()
        (store.directory / "name/file").write_text("theirs")

    assert (store.add(fill, "name") / "file").read_text() == "theirs"
    assert [path.name for path in store.directory.iterdir()] == ["name"]


def test_a_store_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    # A file in the way of the directory: what this account may not write is written by root all the same.
    (tmp_path / ".endpoints").write_text("")
    with pytest.raises(ProjectError, match=rf"{tmp_path}/\.endpoints: cannot be written: .*or remove it"):
        add(Store(tmp_path, "sources"), "a")


def test_a_copy_of_another_account_is_used_though_its_use_cannot_be_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, "sources")
    copy = add(store, "a")

    def refuse(path: Path) -> None:
        raise PermissionError(f"{path} is another's")

    monkeypatch.setattr("endpoints.source.store.os.utime", refuse)
    assert store.find(copy.name) == copy


def test_a_source_file_that_cannot_be_read_is_told_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.key").write_text("")

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("endpoints.source.store.file_digest", refuse)
    with pytest.raises(
        ProjectError, match=r"secret\.key: cannot be read: Permission denied; make it readable"
    ):
        tree_digest(tmp_path, ["secret.key"])


def test_only_what_was_unused_for_long_is_pruned(tmp_path: Path) -> None:
    sources, files = Store(tmp_path, "sources"), Store(tmp_path, "files")
    old, used, young, old_file = add(sources, "a"), add(sources, "b"), add(sources, "c"), add(files, "d")
    for path in (old, used, old_file):
        make_old(path)
    assert sources.find(used.name) == used  # which notes the use

    prune(tmp_path)

    assert set(sources.directory.iterdir()) == {used, young}
    assert list(files.directory.iterdir()) == []


def test_what_an_interrupted_process_left_is_pruned_later(tmp_path: Path) -> None:
    store = Store(tmp_path, "sources")
    add(store, "a")
    for name in (".unfinished-old", ".unfinished-new"):
        (store.directory / name).mkdir()
    make_old(store.directory / ".unfinished-old")

    prune(tmp_path)

    assert not (store.directory / ".unfinished-old").exists()
    assert (store.directory / ".unfinished-new").exists()


def test_pruning_touches_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path, "sources")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    make_old(precious)
    store.directory.mkdir(parents=True)
    (store.directory / ("a" * 32)).symlink_to(precious)
    mine = store.directory / "my-own-directory"
    mine.mkdir()
    make_old(mine)

    prune(tmp_path)

    assert (precious / "file").read_text() == "kept"
    assert mine.is_dir()


def test_pruning_needs_no_store(tmp_path: Path) -> None:
    prune(tmp_path)
    assert list(tmp_path.iterdir()) == []
