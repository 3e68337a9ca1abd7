import threading
from pathlib import Path

import pytest

from localcluster.programs.cache import completed_directory


def test_a_directory_has_its_name_only_once_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "tools" / "etcd"
    with completed_directory(target) as partial:
        assert partial is not None
        (partial / "program").write_text("")
        assert not target.exists()
    assert (target / "program").exists()


def test_a_complete_directory_is_not_filled_again(tmp_path: Path) -> None:
    (tmp_path / "etcd").mkdir()
    with completed_directory(tmp_path / "etcd") as partial:
        assert partial is None


def test_a_failed_filling_leaves_no_directory_and_the_next_one_starts_empty(tmp_path: Path) -> None:
    target = tmp_path / "etcd"

    def fail() -> None:
        with completed_directory(target) as partial:
            assert partial is not None
            (partial / "half").write_text("")
            raise RuntimeError("the compiler was killed")

    with pytest.raises(RuntimeError):
        fail()
    assert not target.exists()
    with completed_directory(target) as partial:
        assert partial is not None
        assert list(partial.iterdir()) == []


def test_of_two_that_come_at_the_same_time_one_fills_and_the_other_waits(tmp_path: Path) -> None:
    target = tmp_path / "etcd"
    filling, may_finish = threading.Event(), threading.Event()
    second: list[Path | None] = []

    def fill() -> None:
        with completed_directory(target):
            filling.set()
            may_finish.wait(10)

    def come_second() -> None:
        filling.wait(10)
        may_finish.set()
        with completed_directory(target) as partial:
            second.append(partial)

    threads = [threading.Thread(target=fill), threading.Thread(target=come_second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert second == [None]
